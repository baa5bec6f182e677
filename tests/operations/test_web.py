"""Promises of `manage.py web` that need no web server."""

from pathlib import Path

from django.core.files.uploadedfile import TemporaryUploadedFile
from pytest_django import Settings

from operations.management.commands.web import remove_left_over


def test_what_a_killed_process_left_of_uploads_is_removed_and_one_under_way_can_be_read(
    tmp_path: Path, settings: Settings
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    (tmp_path / "tmpabc.upload.csv").write_bytes(b"left")
    under_way = TemporaryUploadedFile("people.csv", "text/csv", 5, None)
    under_way.write(b"begun")

    remove_left_over(tmp_path)

    under_way.seek(0)
    assert (list(tmp_path.iterdir()), under_way.read()) == ([], b"begun")
    under_way.close()
