"""The layout: no import circles, crowded folders or ambiguous file names, and a library that imports nothing else."""

from tests.architecture.layout import MOST_FILES, Layout, in_library
from tests.environment import ROOT

layout = Layout(ROOT)


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports for types alone count, too."""
    assert layout.circles == []


def test_no_folder_has_too_many_files() -> None:
    assert {folder: number for folder, number in layout.folders.items() if number > MOST_FILES} == {}


def test_the_library_imports_nothing_of_the_rest() -> None:
    assert [pair for pair in layout.seam if in_library(pair[0])] == []


def test_what_is_shipped_imports_no_tests_and_no_benchmarks() -> None:
    assert layout.on_tests == []


def test_no_file_name_stands_for_different_things() -> None:
    assert layout.recurring == {}
