"""Read and write the JSON that ml5's KNNClassifier saves and loads."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from posknn.classification.state import KNNState
from posknn.errors import FileFormatError, OutputError
from posknn.files import WholeFile
from posknn.storage.reading import parse_json, read_bytes
from posknn.values import Label

__all__ = ["read", "write"]

Floats = npt.NDArray[np.float32]

_LARGEST = float(np.finfo(np.float32).max)


def read(path: str | os.PathLike[str]) -> KNNState:
    """Return what ml5 saved, also where ml5 itself cannot load it; FileFormatError names the place in the file.

    The p-th class is paired with the p-th tensor, whatever the numbers of the classes; a class without a label is
    called by its number. Rows are taken as they are: ml5 has divided them by their lengths. k, weights and ids are
    not in the file: k is 3, every neighbour has one vote, ids count up in the order of the file.
    """
    dataset, tensors = _parts(parse_json(read_bytes(path), path), path)
    labels: dict[Label, int] = {}
    blocks: list[Floats] = []
    classes: list[int] = []
    for position, key in enumerate(sorted(dataset, key=_javascript_order)):
        place = f"{path}: dataset.{key}"
        label, rows, width = _head(key, dataset[key], place)
        if blocks and blocks[0].shape[1] != width:
            raise FileFormatError(f"{place}.shape: vectors of {width} numbers, but {blocks[0].shape[1]} before it")
        block = _numbers(tensors[position], rows * width, f"{path}: tensors.{position}").reshape(rows, width)
        classes += [labels.setdefault(label, len(labels))] * rows
        blocks.append(block)
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


def _parts(content: object, path: str | os.PathLike[str]) -> tuple[dict[str, object], list[object]]:
    if not isinstance(content, dict) or not isinstance(content.get("dataset"), dict):
        raise FileFormatError(f'{path}: not saved by ml5\'s KNNClassifier: expected {{"dataset": {{...}}}} on top')
    dataset, tensors = content["dataset"], content.get("tensors")
    if not isinstance(tensors, list):
        raise FileFormatError(f'{path}: expected a list called "tensors" beside "dataset"')
    if len(tensors) != len(dataset):
        raise FileFormatError(f"{path}: {len(dataset)} classes in dataset, but {len(tensors)} tensors")
    return dataset, tensors


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


def _numbers(tensor: object, count: int, place: str) -> Floats:
    """Return the numbers of a list, or of an object whose keys number them, as (count,) float32."""
    values: Iterable[object]
    if isinstance(tensor, dict):
        if not all(map(_is_index, tensor)):
            raise FileFormatError(f'{place}: expected the keys "0", "1", ... only')
        values = (tensor[key] for key in sorted(tensor, key=int))
    elif isinstance(tensor, list):
        values = tensor
    else:
        raise FileFormatError(f"{place}: expected an object or list of numbers")
    numbers = [0 if value is None else value for value in values]
    if len(numbers) != count:
        raise FileFormatError(f"{place}: expected {count} numbers, as the shape says, but found {len(numbers)}")
    if not set(map(type, numbers)) <= {int, float}:
        raise FileFormatError(f"{place}: expected numbers only")
    if any(abs(number) > _LARGEST for number in numbers):  # type: ignore[arg-type]  # numbers, as just seen
        raise FileFormatError(f"{place}: a number beyond the range of float32")
    return np.array(numbers, np.float32)


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
