"""Say how far the tracks of videos that are cut into chunks differ from those tracked in one piece.

    python tests/benchmarks/chunks.py VIDEO... --chunk 4

A chunk much shorter than the usual one gives many seams in short videos.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from posknn.storage.recordings import read_recording
from posknn.tasks.track import track


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--chunk", type=float, default=4.0)
    parser.add_argument("--people", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = [
            track(asked.videos, Path(place) / str(chunk), chunk=chunk, max_people=asked.people)
            for chunk in (0.0, asked.chunk)
        ]
        for whole, cut in zip(*found, strict=True):
            if whole.file is None or cut.file is None:
                print(f"{whole.video}: {whole.error}")
                continue
            one, other = read_recording(whole.file), read_recording(cut.file)
            if other.provenance["chunk"] is None:
                print(f"{whole.video}: in one piece, {other.provenance.get('seam', 'too short to cut')}")
                continue
            assert list(dict.fromkeys(one.frames)) == list(dict.fromkeys(other.frames))
            shared = min(len(one), len(other))
            if len(one) != len(other):
                print(f"{whole.video}: {len(one)} rows, {len(other)} when cut")
                continue
            far = np.abs(one.points[:shared, :, :2] - other.points[:shared, :, :2])
            seen = ~np.isnan(far).all(axis=(1, 2))
            same = (np.isnan(one.points) == np.isnan(other.points)).all()
            print(
                f"{whole.video}: mean {np.nanmean(far[seen]):.5f}, 99 % {np.nanquantile(far[seen], 0.99):.5f}, "
                f"most {np.nanmax(far[seen]):.4f} image heights; the same frames with somebody: {bool(same)}"
            )


if __name__ == "__main__":
    main()
