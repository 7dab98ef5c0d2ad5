"""A real mail server for tests, on loopback.

It says `port: N`. Each mail that it takes, read by an independent parser, is a line of JSON in the file of `--mails`
before the client is told that it was taken. The name before the `@` decides what happens to a recipient: `nobody` is
refused with 550, `busyN` with 451 for the first N tries, `spam` with 554 after its content was read. The sender
`stranger` is refused with 550.
"""

import argparse
import asyncio
import base64
import collections
import email
import email.policy
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


def read(content):
    message = email.message_from_bytes(content, policy=email.policy.default)
    part = lambda kind: next((p.get_content() for p in message.walk() if p.get_content_type() == kind), None)
    return {
        "subject": message["subject"],
        "message_id": message["message-id"],
        "headers": [[name, str(value)] for name, value in message.items()],
        "defects": [str(defect) for defect in message.defects],
        "text": part("text/plain"),
        "html": part("text/html"),
        "raw": base64.b64encode(content).decode(),
    }


class Handler:
    def __init__(self, mails):
        self.mails = mails
        self.tries = collections.Counter()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("stranger@"):
            return "550 5.7.1 this sender may not send here"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        self.tries[address] += 1
        if name == "nobody":
            return "550 5.1.1 there is no such user"
        if name.startswith("busy") and self.tries[address] <= int(name[4:]):
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if any(address.startswith("spam@") for address in envelope.rcpt_tos):
            return "554 5.7.1 this looks like spam"
        tls = server.transport.get_extra_info("ssl_object") is not None
        taken = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": tls, "user": session.auth_data,
                 "hello": session.host_name}
        print(json.dumps({**taken, **read(envelope.content)}), file=self.mails, flush=True)
        return "250 OK"


def authenticator(login):
    def check(server, session, envelope, mechanism, data):
        user, password = data.login.decode(), data.password.decode()
        return AuthResult(success=f"{user}:{password}" == login, handled=False, auth_data=user)
    return check


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--mails", type=argparse.FileType("a"), required=True)
    arguments.add_argument("--login", help="user:password that must log in")
    arguments.add_argument("--tls", choices=["tls", "starttls"])
    arguments.add_argument("--cert")
    arguments.add_argument("--key")
    arguments = arguments.parse_args()
    context = None
    if arguments.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.cert, arguments.key)
    options = {"hostname": "mail.test", "enable_SMTPUTF8": True, "decode_data": False}
    if arguments.login:
        options |= {"auth_required": True, "auth_require_tls": False, "authenticator": authenticator(arguments.login)}
    if arguments.tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    handler = Handler(arguments.mails)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, **options),
        host="127.0.0.1",
        port=arguments.port,
        ssl=context if arguments.tls == "tls" else None,
    )
    print(f"port: {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
