import type { Model } from '../../state/model.svelte'
import type { MenuItem, Theme } from '../../state/ui.svelte'
import { t } from '../../words/spoken'

/** The account menu: homes, money, look, keys, the way out. */
export function accountMenu(model: Model): MenuItem[] {
  const { app, ui } = model
  const signedIn = model.session.kind === 'ready'
  const themes: [Theme, string][] = [['system', t.menu.themeSystem], ['light', t.menu.themeLight], ['dark', t.menu.themeDark]]
  return [
    ...(ui.phone
      ? model.homes.map((home) => ({ words: home.name, checked: home.id === model.chosenHome, run: () => app.chooseHome(home.id) }))
      : []),
    ...(ui.phone ? [{ words: t.views.videos, icon: 'videos' as const, divided: true, run: () => ui.go({ view: 'videos' }) }] : []),
    ...(signedIn && ui.phone ? [{ words: t.views.shared, icon: 'shared' as const, run: () => ui.go({ view: 'shared' }) }] : []),
    ...(signedIn
      ? [
          { words: t.menu.minutes, icon: 'clock' as const, href: '/account/minutes' },
          { words: t.menu.manageHomes, icon: 'home' as const, href: '/account/homes' },
          { words: t.menu.addHome, icon: 'plus' as const, run: () => ui.go({ view: 'homes' }) },
        ]
      : []),
    ...themes.map(([theme, words], i) => ({ words, checked: ui.theme === theme, divided: i === 0 && (signedIn || ui.phone), run: () => ui.setTheme(theme) })),
    { words: t.menu.keys, icon: 'keyboard', divided: true, run: () => (ui.sheet = 'help') },
    ...(signedIn ? [{ words: t.menu.signOut, icon: 'signOut' as const, divided: true, run: () => void app.signOut() }] : []),
  ]
}
