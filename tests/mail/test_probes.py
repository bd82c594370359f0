"""Asking Postfix's log whether it took a mail: only a whole one, also after the log was turned over."""

import pytest

from vitre_civique.notifications.probes import PostfixLogProbe

ID = "<0a1b@exemple.fr>"
NAMED = f"Mar 30 08:00:01 mail postfix/cleanup[31]: 4XyZ12: message-id={ID}\n"
QUEUED = (
    "Mar 30 08:00:01 mail postfix/qmgr[12]: 4XyZ12: from=<ne-pas-repondre@exemple.fr>, size=900, nrcpt=1\n"
)
CUT_OFF = (
    "Mar 30 08:00:01 mail postfix/smtpd[30]: lost connection after DATA (512 bytes) from web[10.0.0.2]\n"
)
OTHER = "Mar 30 08:00:01 mail postfix/cleanup[31]: 4XyZ99: message-id=<other@exemple.fr>\n"
OTHER_QUEUED = QUEUED.replace("4XyZ12", "4XyZ99")


@pytest.mark.parametrize(
    ("log", "turned_over", "answer"),
    [
        ([NAMED, QUEUED], [], True),
        ([NAMED, CUT_OFF], [], False),
        ([NAMED, OTHER, OTHER_QUEUED], [], False),
        ([OTHER, OTHER_QUEUED], [], False),
        ([], [], False),
        ([OTHER], [NAMED, QUEUED], True),
        ([QUEUED], [NAMED], True),
        (["binary \udcff\n", NAMED, QUEUED], [], True),
    ],
)
def test_postfix_is_believed_when_it_has_the_whole_mail(tmp_path, log, turned_over, answer):
    path = tmp_path / "mail.log"
    path.write_text("".join(log), errors="surrogateescape")
    if turned_over:
        (tmp_path / "mail.log.1").write_text("".join(turned_over))
    assert PostfixLogProbe(path).was_accepted(ID) is answer


def test_without_log_nobody_knows(tmp_path):
    assert PostfixLogProbe(tmp_path / "mail.log").was_accepted(ID) is None
