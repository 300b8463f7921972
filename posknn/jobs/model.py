"""Brings a classifier, whatever it was made of, into one file that every process of a batch can load."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from posknn.parts import classifier_of
from posknn.storage.classifiers import load
from posknn.storage.reading import read_bytes
from posknn.values import Label

__all__ = ["Model"]


@dataclass(frozen=True, slots=True)
class Model:
    """A classifier as a file. ending: ".posknn" or ".json". content: its bytes, sha256: of those, in hexadecimal.

    labels: that it was taught, in order.
    """

    ending: str
    content: bytes
    sha256: str
    labels: tuple[Label, ...] = ()

    @classmethod
    def of(cls, classifier: str | Path) -> Model:
        """Take a .posknn file or ml5 JSON as it is; of a CSV, recording or folder make the classifier taught by it.

        Errors as for `classifier_of`.
        """
        path = Path(classifier)
        labels = tuple(classifier_of(path).labels)
        ending = path.suffix.lower()
        if ending in (".posknn", ".json"):
            content = read_bytes(path)
        else:
            ending = ".posknn"
            with tempfile.TemporaryDirectory() as folder:
                content = load(path).save(Path(folder) / "model.posknn").read_bytes()
        return cls(ending, content, hashlib.sha256(content).hexdigest(), labels)

    @contextmanager
    def written(self, folder: Path) -> Iterator[Path]:
        """Give the path of the file in a folder, for the time of the block."""
        with tempfile.TemporaryDirectory(prefix="model-", dir=folder) as place:
            path = Path(place) / f"model{self.ending}"
            path.write_bytes(self.content)
            yield path
