"""The broker of a machine without a Redis: files, each whole or not there."""

from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

import portal.celery  # noqa: F401  names the transport


@pytest.fixture
def broker(tmp_path: Path):
    (tmp_path / "messages").mkdir()
    folders = dict.fromkeys(("data_folder_in", "data_folder_out"), str(tmp_path / "messages"))
    folders["control_folder"] = str(tmp_path / "control")
    with Connection("filesystem://", transport_options=folders) as connection:
        yield connection.channel(), tmp_path / "messages"


def test_what_is_put_comes_out_once_and_in_its_order(broker) -> None:
    channel, folder = broker
    for number in range(5):
        channel._put("photos", {"photo": number})
    assert [channel._get("photos")["photo"] for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(Empty):
        channel._get("photos")
    assert list(folder.iterdir()) == []


def test_a_message_is_never_seen_half_written(broker, monkeypatch) -> None:
    channel, _folder = broker
    looks = []
    write = Path.write_text

    def look_after(path: Path, *words, **options) -> int:
        path.touch()  # made, not yet filled: now a worker looks
        with pytest.raises(Empty):
            channel._get("photos")
        looks.append(path)
        return write(path, *words, **options)

    monkeypatch.setattr(Path, "write_text", look_after)
    channel._put("photos", {"photo": 3})
    assert len(looks) == 1
    assert channel._get("photos") == {"photo": 3}
