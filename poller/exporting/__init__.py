"""Activities, and what belongs to them -> files for another program: JSON Lines with the contents, or an mbox.

Nothing of the installation is changed. Contents are held against their SHA-256 while they are copied; what is missing
or damaged is named, and everything else is exported all the same.
"""

from poller.exporting.folder import export_folder
from poller.exporting.mbox import export_mbox
from poller.exporting.stored import CannotExport, Progress, Report, Stored

__all__ = ["CannotExport", "Progress", "Report", "Stored", "export_folder", "export_mbox"]
