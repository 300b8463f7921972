"""The annotated copy of a video: its timestamps, and its sound packet by packet, whatever container it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from posknn.errors import SourceError
from posknn.output.sound import Original, container_for
from posknn.output.video import VideoWriter
from posknn.tracking.video import VideoFile
from posknn.values import Frame, Result

TICK = 1 / 90_000


@dataclass(frozen=True)
class Film:
    """What to film: a second and a half of pictures, with sound. begins: of pictures and sound, seconds."""

    codec: str = "aac"
    rate: int = 44_100
    pictures: str = "libx264"
    per_second: Fraction = Fraction(25)
    begins: tuple[float, float] = (0.0, 0.0)
    languages: tuple[str, ...] = ("eng",)


def film(path: Path, kind: Film, count: int = 36) -> Path:
    with av.open(path, "w") as target:
        video: Any = target.add_stream(kind.pictures, rate=kind.per_second)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        if path.suffix != ".avi":  # it counts frames
            video.codec_context.time_base = Fraction(1, 90_000)
        unit = video.codec_context.time_base or 1 / kind.per_second
        packets: list[Any] = []
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 5 * number, np.uint8), format="rgb24")
            frame.time_base = unit
            frame.pts = round((number / kind.per_second + Fraction(str(kind.begins[0]))) / unit)
            packets += video.encode(frame)
        packets += video.encode()
        for language in kind.languages:
            packets += _sound(target, kind, language, count / float(kind.per_second))
        for packet in sorted(packets, key=lambda one: one.dts * one.time_base):
            target.mux(packet)
    return path


def _sound(target: Any, kind: Film, language: str, seconds: float) -> list[Any]:
    stream = target.add_stream(kind.codec, rate=kind.rate)
    stream.metadata["language"] = language
    context = stream.codec_context
    size = context.frame_size or 1024
    layout, channels = context.layout.name, context.layout.nb_channels
    convert = av.AudioResampler(format=context.format.name, layout=layout, rate=kind.rate)
    packets = []
    for number in range(int(seconds * kind.rate / size)):
        tone = (np.sin(np.arange(size) * 0.05 + number + len(language)) * 8000).astype(np.int16)
        heard = av.AudioFrame.from_ndarray(np.repeat(tone, channels)[None], format="s16", layout=layout)
        heard.sample_rate = kind.rate
        for frame in convert.resample(heard):
            frame.time_base = Fraction(1, kind.rate)
            frame.pts = number * size + round(kind.begins[1] * kind.rate)
            packets += stream.encode(frame)
    return [*packets, *stream.encode()]


def copied(source: Path) -> tuple[Path, VideoWriter, float]:
    """Annotate a video with nothing; return the copy, its writer, and the time at which the source begins."""
    with VideoFile(source) as video:
        path = source.with_name(f"copy of {source.stem}{container_for(source)}")
        original = Original(video.path, video.origin, video.time_base)
        writer = VideoWriter(path, draw=lambda result: result.frame.image, original=original)
        for frame in video:
            writer(Result(frame))
        writer.close()
        return path, writer, float(video.origin)


def heard(path: Path) -> list[tuple[list[bytes], np.ndarray[Any, Any]]]:
    """Return of each stream of sound its packets and their times."""
    found: dict[int, tuple[list[bytes], list[float]]] = {}
    with av.open(path) as container:
        for packet in container.demux(*container.streams.audio) if container.streams.audio else ():
            if packet.size and packet.pts is not None and packet.time_base is not None:
                packets, times = found.setdefault(packet.stream_index, ([], []))
                packets.append(bytes(packet))
                times.append(float(packet.pts * packet.time_base))
    return [(packets, np.array(times)) for _, (packets, times) in sorted(found.items())]


def shown(path: Path) -> np.ndarray[Any, Any]:
    with av.open(path) as container:
        return np.array([frame.time for frame in container.decode(video=0)])


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [
        ("plain.mp4", Film(), ".mp4"),
        ("mp3.mp4", Film("libmp3lame"), ".mp4"),
        ("opus.mkv", Film("libopus", 48_000), ".mp4"),
        ("ac3.mkv", Film("ac3", 48_000), ".mp4"),
        ("flac.mkv", Film("flac"), ".mp4"),
        ("alac.mov", Film("alac"), ".mp4"),
        ("mp2.ts", Film("mp2", 48_000), ".mp4"),
        ("begins at 5 s.mkv", Film("ac3", 48_000, begins=(5.0, 5.0)), ".mp4"),
        ("sound is late.mp4", Film(begins=(0.0, 0.7)), ".mp4"),
        ("pictures are late.mkv", Film("ac3", 48_000, begins=(0.52, 0.0)), ".mp4"),
        ("edit list.mp4", Film(begins=(-0.4, -0.4)), ".mp4"),
        ("ntsc.mp4", Film(per_second=Fraction(24_000, 1_001)), ".mp4"),
        ("two languages.mp4", Film(languages=("eng", "deu")), ".mp4"),
        ("pcm.avi", Film("pcm_s16le", pictures="mpeg4"), ".mkv"),
        ("telephone.mov", Film("pcm_mulaw", 8_000), ".mov"),
    ],
)
def test_timestamps_and_packets_are_kept(name: str, kind: Film, ending: str, tmp_path: Path) -> None:
    source = film(tmp_path / name, kind)
    copy, writer, origin = copied(source)
    assert copy.suffix == ending
    assert writer.problems == []
    exact = 0.00051 if ending == ".mkv" else TICK / 2  # Matroska counts in milliseconds
    assert shown(copy) == pytest.approx(shown(source) - origin, abs=exact)
    before, after = heard(source), heard(copy)
    assert len(before) == len(after) == len(kind.languages)
    for (packets, times), (same, then) in zip(before, after, strict=True):
        assert packets == same
        assert then == pytest.approx(times - origin, abs=max(exact, 1 / kind.rate))
    with av.open(source) as ours, av.open(copy) as theirs:
        spoken = [[stream.language for stream in one.streams.audio] for one in (ours, theirs)]
    assert spoken[0] == spoken[1]


def test_aac_of_a_broadcast_loses_its_headers_only(tmp_path: Path) -> None:
    source = film(tmp_path / "a.ts", Film())
    copy, _, origin = copied(source)
    ((packets, times),), ((same, then),) = heard(source), heard(copy)
    assert [packet[7:] for packet in packets] == same
    assert then == pytest.approx(times - origin, abs=1 / 44_100)
    assert shown(copy) == pytest.approx(shown(source) - origin, abs=TICK / 2)
    with av.open(copy) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) > 44_100


def test_sound_that_fits_nowhere_is_told(tmp_path: Path) -> None:
    source = film(tmp_path / "a.avi", Film("adpcm_ms", 8_000, pictures="mpeg4"))
    copy, writer, _ = copied(source)
    assert copy.suffix == ".mp4"
    assert writer.problems == ["its sound (adpcm_ms) could not be copied"]
    assert heard(copy) == []


def test_the_same_video_gives_the_same_bytes(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", Film("ac3", 48_000))
    first = copied(source)[0].read_bytes()
    assert copied(source)[0].read_bytes() == first


def test_sound_goes_on_after_the_pictures_and_after_damage(tmp_path: Path) -> None:
    source = film(tmp_path / "a.ts", Film("mp2", 48_000))
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 500] = bytes(500)
    source.write_bytes(content)
    ((whole, _),) = heard(source)
    copy, _, _ = copied(source)
    ((packets, times),) = heard(copy)
    assert packets == whole
    assert (np.diff(times) > 0).all()


@pytest.mark.parametrize("seed", [1, 2, 4, 5, 9, 11, 12])
def test_damaged_sound_never_costs_the_copy(seed: int, tmp_path: Path) -> None:
    source = film(tmp_path / "a.ts", Film())
    content = bytearray(source.read_bytes())
    random = np.random.default_rng(seed)
    for place in random.integers(0, len(content), 150):
        content[place] ^= int(random.integers(1, 256))
    source.write_bytes(content)
    try:
        frames = len(list(VideoFile(source)))
    except SourceError:
        return
    copy, _, _ = copied(source)
    with VideoFile(copy) as video:
        assert len(list(video)) == frames
    for _, times in heard(copy):
        assert (np.diff(times) > 0).all()


def test_a_clock_that_is_set_back_does_not_lose_the_sound(tmp_path: Path) -> None:
    late = film(tmp_path / "late.ts", Film("mp2", 48_000, begins=(20.0, 20.0)))
    early = film(tmp_path / "early.ts", Film("mp2", 48_000))
    source = tmp_path / "both.ts"
    source.write_bytes(late.read_bytes() + early.read_bytes())
    copy, _, _ = copied(source)
    ((packets, times),) = heard(copy)
    assert len(packets) >= 2 * len(heard(early)[0][0]) - 2
    assert (np.diff(times) > 0).all()
    assert times[-1] < 4


def test_a_fault_leaves_nothing(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", Film())
    writer = VideoWriter(
        tmp_path / "out.mp4", draw=lambda _: np.zeros((4, 4, 3), np.float32), original=Original(source)
    )
    with pytest.raises(ValueError, match="float32"):
        writer(Result(Frame(np.zeros((4, 4, 3), np.uint8), 0.0, 0)))
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
