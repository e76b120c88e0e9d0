"""The task `tnef`: a container's octets -> its files and texts in the output. Runs in the child."""

from __future__ import annotations

from typing import Any

from poller.child.embedded import files_in
from poller.child.output import Output
from poller.child.tnef import read_container


def unpack(octets: bytes, request: dict[str, Any], output: Output) -> dict[str, Any]:
    """-> where its files are and, if `body` is asked for, its texts. Raises ValueError for what is no TNEF.

    RTF is read only where there is nothing else: it takes longer than all files together.
    """
    container = read_container(octets)
    files = [
        {"name": file.name, "type": file.content_type, "id": file.content_id, "place": output.write(file.octets)}
        for file in files_in(container)
    ]
    damaged = container.damaged
    text, html = (container.text, container.html) if request.get("body") else ("", "")
    if request.get("body") and not (text.strip() or html.strip()):
        rich = container.rtf
        text, damaged = rich or "", damaged or rich is None
    return {
        "files": files,
        "text": output.write(text.encode("utf-8", "replace")),
        "html": output.write(html.encode("utf-8", "replace")),
        "damaged": damaged,
    }
