"""Where an address stands in a text: its underscores are no Markdown."""

from __future__ import annotations

import re
from functools import cache

_SCHEMES = (
    "about|acct|amqp|aws|bitcoin|blob|cid|coap|coaps|data|dict|dns|file|ftp|geo|git|gopher|h323|http|https|iax|icap"
    "|imap|info|ipp|ipps|irc|irc6|ircs|iris|jabber|jar|jdbc|jms|ldap|ldaps|magnet|mailto|mid|mongodb|news|nfs|nntp"
    "|pop|postgres|postgresql|redis|rediss|rsync|rtsp|sftp|sip|sips|skype|slack|smb|sms|smtp|snmp|spotify|ssh"
    "|steam|svn|tel|telnet|udp|urn|view-source|vnc|ws|wss|xmpp|zoommtg"
)
_BARE = "bitcoin|cid|file|geo|magnet|mailto|mid|sms|tel|xmpp"
_PLAIN = r'[^\s"<>^|()\[\]{}`]'
_NESTED = rf"\({_PLAIN}*\)|\[{_PLAIN}*\]|\{{{_PLAIN}*\}}"
_REST = (
    rf"(?:{_PLAIN}|\((?:{_PLAIN}|{_NESTED})*\)|\[(?:{_PLAIN}|{_NESTED})*\]|\{{(?:{_PLAIN}|{_NESTED})*\}})+"
)


@cache
def pattern() -> re.Pattern[str]:
    """Return what finds addresses; compiled when the first text needs it."""
    return re.compile(rf"(?:(?:{_SCHEMES})://|(?:{_BARE}):){_REST}(?<=[\w/\-+&~%=#)\]}}])", re.IGNORECASE)
