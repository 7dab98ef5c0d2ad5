"""Checks the DKIM signature of the mail on standard input, with the TXT record given for one name: `verify.py NAME TXT`.

Ends with 0 and the signature's fields as JSON when it holds, and with 1 otherwise.
"""

import json
import sys

import dkim

name, record = sys.argv[1].encode(), sys.argv[2].encode()
message = sys.stdin.buffer.read()


def dns(asked, timeout=5):
    return record if asked.rstrip(b".") == name else None


checked = dkim.DKIM(message)
try:
    holds = checked.verify(dnsfunc=dns)
except dkim.DKIMException as error:
    print(error, file=sys.stderr)
    sys.exit(1)
fields = {key.decode(): value.decode() for key, value in checked.signature_fields.items()}
signed = sorted({header.decode().lower() for header, _ in checked.signed_headers})
print(json.dumps({"fields": fields, "signed": signed}))
sys.exit(0 if holds else 1)
