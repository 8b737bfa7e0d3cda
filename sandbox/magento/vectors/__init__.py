"""The shop engine against figures of Magento's own tests: `compare(folder)` plays every vector file of a folder.

Each form of file has its module here; a file's form is recognised by its content, not by where it lies.
"""

from sandbox.magento.vectors.forms import compare, files
from sandbox.magento.vectors.report import Difference, Report

__all__ = ["Difference", "Report", "compare", "files"]
