/** What this account shares, kept by the portal. The links themselves are known to the tab that made them, and to nobody else. */

import type { PortalApi } from '../net/portal'
import type { MadeLink, NewShare, SharePage } from '../net/share-types'
import { ProblemError } from '../net/transport'
import { ShareError, type RowId, type Shares } from './types'
import { WORDS } from './words'

export class PortalShares implements Shares {
  readonly #portal: Pick<PortalApi, 'share' | 'shares' | 'revokeShare' | 'me'>
  readonly #links = new Map<RowId, string>()

  constructor(portal: Pick<PortalApi, 'share' | 'shares' | 'revokeShare' | 'me'>) {
    this.#portal = portal
  }

  confirmed(): Promise<boolean> {
    return told(async () => (await this.#portal.me()).account.email_confirmed)
  }

  async create(share: NewShare): Promise<MadeLink[]> {
    const made = await told(() => this.#portal.share(share))
    for (const { id, url } of made) this.#links.set(id, url)
    return made
  }

  list(cursor: string | null): Promise<SharePage> {
    return told(() => this.#portal.shares(cursor))
  }

  revoke(id: RowId): Promise<void> {
    return told(() => this.#portal.revokeShare(id))
  }

  linkOf(id: RowId): string | null {
    return this.#links.get(id) ?? null
  }
}

async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw shareError(error)
  }
}

/** What the portal answered, in words and by kind. */
export function shareError(error: unknown): ShareError {
  if (!(error instanceof ProblemError)) return new ShareError(WORDS.portalAway, 'offline', null)
  const field = error.problem.field ?? null
  if (error.is('email-unconfirmed')) return new ShareError(WORDS.unconfirmed, 'unconfirmed', null)
  if (error.status === 401) return new ShareError(WORDS.signedOut, 'signedOut', null)
  if (error.is('storage-full')) return new ShareError({ message: error.message, nextStep: '' }, 'offline', null)
  if (error.status >= 500) return new ShareError(WORDS.portalAway, 'offline', null)
  const said = { message: error.message, nextStep: '' }
  return new ShareError(said, error.status === 429 ? 'quota' : error.status === 404 ? 'gone' : 'refused', field)
}
