"""Read and write the JSON that ml5's KNNClassifier saves and loads."""

from __future__ import annotations

import json
import math
import os
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt

from posknn.classification.state import KNNState
from posknn.errors import FileFormatError, OutputError
from posknn.files import WholeFile
from posknn.storage.json_scanner import Scanner
from posknn.storage.reading import check_growth, read_bytes
from posknn.values import Label

__all__ = ["read", "write"]

Floats = npt.NDArray[np.float32]

_CLASSES = 10_000
_ROW = 400  # bytes of memory that an example takes beside its vector


def read(path: str | os.PathLike[str]) -> KNNState:
    """Return what ml5 saved, also where ml5 itself cannot load it; FileFormatError names the place in the file.

    The p-th class is paired with the p-th tensor, whatever the numbers of the classes; a class without a label is
    called by its number. Rows are taken as they are: ml5 has divided them by their lengths. k, weights and ids are
    not in the file: k is 3, every neighbour has one vote, ids count up in the order of the file.
    """
    heads, tensors = _parts(Scanner(read_bytes(path), path), path)
    keys = sorted(heads, key=_javascript_order)
    _check_shapes({key: heads[key][1:] for key in keys}, tensors, path)
    labels: dict[Label, int] = {}
    blocks: list[Floats] = []
    classes: list[int] = []
    for key, numbers in zip(keys, tensors, strict=True):
        label, rows, width = heads[key]
        classes += [labels.setdefault(label, len(labels))] * rows
        blocks.append(numbers.reshape(rows, width))
    count = len(classes)
    return KNNState(
        k=3,
        metric="cosine",
        weights="uniform",
        rows=np.concatenate(blocks) if blocks else np.empty((0, 0), np.float32),
        lengths=np.ones(count, np.float32),
        ids=np.arange(count),
        next_id=count,
        classes=np.array(classes, np.int64),
        labels=tuple(labels),
        order=tuple(sorted(set(classes))),
        recordings=(None,) * count,
        times=np.full(count, np.nan),
    )


def write(state: KNNState, path: str | os.PathLike[str]) -> None:
    """Write a file that ml5 0.12.2 loads; OutputError for another metric than ml5's, which is cosine.

    Labels that are the numbers 0..n-1 are written as ml5 does, by number alone. Other numbers become text, all that
    ml5 can load; a mark that ml5 skips, "labelType", makes them numbers again in `read`. As in ml5's own files there
    is no place for k, weights, ids, the lengths of the vectors, or labels without examples.
    """
    if state.metric != "cosine":
        raise OutputError(f"cannot write {path}: ml5 knows cosine only, not {state.metric}; save it as .posknn")
    labels = [state.labels[index] for index in state.order]
    plain = labels == list(range(len(labels))) and all(not isinstance(label, str) for label in labels)
    dataset, tensors = [], []
    for position, (index, label) in enumerate(zip(state.order, labels, strict=True)):
        rows = state.rows[state.classes == index]
        head = _tensor_head(position, rows.shape) | ({} if plain else _label_fields(label))
        dataset.append(f'"{position}":{json.dumps(head, ensure_ascii=False, separators=(",", ":"))}')
        numbers = map(_javascript_number, rows.ravel().tolist())
        tensors.append("{" + ",".join(f'"{i}":{number}' for i, number in enumerate(numbers)) + "}")
    text = f'{{"dataset":{{{",".join(dataset)}}},"tensors":[{",".join(tensors)}]}}'
    with WholeFile(path) as temporary:
        # Half a surrogate pair has no UTF-8; JavaScript writes it as the same \udXXX that backslashreplace gives.
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def _parts(scanner: Scanner, path: str | os.PathLike[str]) -> tuple[dict[str, tuple[Label, int, int]], list[Floats]]:
    """Return label, rows and width of each class by its key, and the numbers of each class, as they stand there."""
    heads: dict[str, tuple[Label, int, int]] | None = None
    tensors: list[Floats] | None = None
    if scanner.next == "{":
        for part in scanner.members():
            if part == "dataset" and scanner.next == "{":
                heads = _heads(scanner, path)
            elif part == "tensors" and scanner.next == "[":
                tensors = [_tensor(scanner, number, path) for number in scanner.items()]
            else:
                scanner.skip()
        scanner.end()
    if heads is None:
        raise FileFormatError(f'{path}: not saved by ml5\'s KNNClassifier: expected {{"dataset": {{...}}}} on top')
    if tensors is None:
        raise FileFormatError(f'{path}: expected a list called "tensors" beside "dataset"')
    if len(tensors) != len(heads):
        raise FileFormatError(f"{path}: {len(heads)} classes in dataset, but {len(tensors)} tensors")
    return heads, tensors


def _heads(scanner: Scanner, path: str | os.PathLike[str]) -> dict[str, tuple[Label, int, int]]:
    heads: dict[str, tuple[Label, int, int]] = {}
    for key in scanner.members():
        place = f"{path}: dataset.{key}"
        if key in heads or len(heads) == _CLASSES:
            many = "stands there twice" if key in heads else f"more than {_CLASSES} classes, which no ml5 can hold"
            raise FileFormatError(f"{place}: {many}")
        heads[key] = _head(key, scanner.value(f"dataset.{key}"), place)
    return heads


def _tensor(scanner: Scanner, number: int, path: str | os.PathLike[str]) -> Floats:
    """Return the numbers of one class, in the order of their keys where they have any: (rows * width,) float32."""
    place = f"{path}: tensors.{number}"
    if number == _CLASSES:
        raise FileFormatError(f"{place}: more than {_CLASSES} classes, which no ml5 can hold")
    gathered, keys = scanner.numbers(f"tensors.{number}")
    values: Floats = np.array(gathered, np.float32)
    if np.isinf(values).any():
        raise FileFormatError(f"{place}: a number beyond the range of float32")
    if keys is None:
        return values
    places = np.array(keys, np.int64)
    if (places[1:] > places[:-1]).all():
        return values
    order = np.argsort(places)
    if (np.diff(places[order]) == 0).any():
        raise FileFormatError(f"{place}: a key stands there twice")
    return values[order]


def _check_shapes(shapes: dict[str, tuple[int, int]], tensors: list[Floats], path: str | os.PathLike[str]) -> None:
    """Refuse shapes that do not fit the numbers or each other, and rows so short that knowing each would cost more."""
    before = None
    for position, (key, (rows, width)) in enumerate(shapes.items()):
        if before not in (None, width):
            raise FileFormatError(f"{path}: dataset.{key}.shape: vectors of {width} numbers, but {before} before it")
        if len(tensors[position]) != rows * width:
            said = f"expected {rows * width} numbers, as the shape says, but found {len(tensors[position])}"
            raise FileFormatError(f"{path}: tensors.{position}: {said}")
        before = width
    needed = sum(rows * (8 * width + _ROW) for rows, width in shapes.values())
    check_growth(needed, Path(path).stat().st_size, str(path))


def _javascript_order(key: str) -> tuple[bool, int]:
    """Sort the keys of an object as JavaScript does: whole numbers rising, then the rest as they came."""
    return (False, int(key)) if _is_index(key) else (True, 0)


def _is_index(key: str) -> bool:
    return len(key) <= 10 and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0")


def _head(key: str, head: object, place: str) -> tuple[Label, int, int]:
    """Return label, number of rows and length of a vector."""
    shape = head.get("shape") if isinstance(head, dict) else None
    if not isinstance(head, dict) or not isinstance(shape, list) or len(shape) != 2:
        raise FileFormatError(f"{place}.shape: expected [rows, numbers per row]")
    if any(type(size) is not int or size < 0 for size in shape):
        raise FileFormatError(f"{place}.shape: expected two whole numbers of 0 or more")
    label = head.get("label")
    if label is None:
        label = int(key) if _is_integer(key) else key
    elif head.get("labelType") == "number" and isinstance(label, str) and _is_integer(label):
        label = int(label)
    if type(label) not in (str, int):
        raise FileFormatError(f"{place}.label: expected text or a whole number")
    return label, shape[0], shape[1]


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    return len(digits) < 1000 and digits.isascii() and digits.isdigit() and str(int(text)) == text


def _tensor_head(position: int, shape: tuple[int, ...]) -> dict[str, object]:
    """Return what TensorFlow.js says of a tensor; ml5 reads the shape and the type, the rest is company."""
    return {
        "kept": True,
        "isDisposedInternal": False,
        "shape": list(shape),
        "dtype": "float32",
        "size": math.prod(shape),
        "strides": [shape[1]],
        "dataId": {},
        "id": position,
        "rankType": "2",
        "scopeId": position,
    }


def _label_fields(label: Label) -> dict[str, object]:
    return {"label": label} if isinstance(label, str) else {"label": str(label), "labelType": "number"}


def _javascript_number(value: float) -> str:
    """Write a number as JSON.stringify does: shortest digits, an exponent only below 1e-6 and from 1e21."""
    if not math.isfinite(value):
        return "null"
    text = repr(value)
    if "e" not in text:
        text = text.removesuffix(".0")
        return "0" if text == "-0" else text
    digits, _, exponent = text.partition("e")
    if -7 < int(exponent) < 21:
        return format(Decimal(text), "f")
    return f"{digits}e{int(exponent):+d}"
