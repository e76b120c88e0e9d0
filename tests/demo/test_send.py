import pytest

from poller.demo.send import Draft, compose


@pytest.fixture
def draft(tmp_path):
    attachment = tmp_path / "Pöytäkirja.pdf"
    attachment.write_bytes(b"%PDF-1.4")
    return Draft(
        author="Anna Virtanen <anna.virtanen@example.com>",
        to=("erik@example.org",),
        cc=(),
        bcc=("1001.mycompany@in.example.com",),
        subject="Hei",
        text="Terve, Erik!",
        attachments=(attachment,),
    )


def test_bcc_leaves_no_trace(draft):
    assert "1001" not in compose(draft).as_string()


def test_it_has_what_a_mail_client_writes(draft):
    message = compose(draft)
    assert message["To"] == "erik@example.org"
    assert "Cc" not in message
    assert message["Subject"] == "Hei"
    assert message["Date"]
    assert message["Message-ID"]


def test_an_attachment_keeps_its_name_and_type(draft):
    (attachment,) = compose(draft).iter_attachments()
    assert attachment.get_filename() == "Pöytäkirja.pdf"
    assert attachment.get_content_type() == "application/pdf"
