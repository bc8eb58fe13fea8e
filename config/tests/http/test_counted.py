"""HTTP requests are counted under bounded names."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from config.http.counted import Counted


async def answer(status: int, app: Any = None, **scope: str) -> None:
    """Ask an application that answers with this status."""

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(*_: Any) -> Any:
        """Receive nothing, and send it nowhere."""

    await Counted(app or answering)({"method": "GET", "path": "/", **scope}, nothing, nothing)


def count(**labels: str) -> float:
    """How many requests were counted under these labels."""
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("path", "method", "area", "counted"),
    [
        ("/graphql", "POST", "graphql", "POST"),
        ("/graphql/", "POST", "graphql", "POST"),
        ("/api/orders/", "GET", "api", "GET"),
        ("/documents/orders/1/invoice.pdf", "GET", "documents", "GET"),
        ("/", "GET", "site", "GET"),
        ("/anything-that-a-client-sends", "BREW", "site", "other"),
        ("/metrics2", "GET", "site", "GET"),
    ],
)
async def test_requests_are_counted_by_part_of_the_site(path: str, method: str, area: str, counted: str) -> None:
    labels = {"area": area, "method": counted, "status": "2xx"}
    before = count(**labels)
    timed = REGISTRY.get_sample_value("http_request_duration_seconds_count", {"area": area}) or 0.0

    await answer(204, path=path, method=method)

    assert count(**labels) == before + 1
    assert REGISTRY.get_sample_value("http_request_duration_seconds_count", {"area": area}) == timed + 1


async def test_below_a_mount_point_the_part_is_the_same() -> None:
    labels = {"area": "api", "method": "GET", "status": "4xx"}
    before = count(**labels)

    await answer(404, path="/shop/api/orders/", root_path="/shop")

    assert count(**labels) == before + 1


@pytest.mark.parametrize(("raised", "status"), [(ValueError, "5xx"), (None, "none")])
async def test_a_request_without_an_answer_is_counted(raised: type[Exception] | None, status: str) -> None:
    async def silent(*_: Any) -> None:
        if raised:
            raise raised

    labels = {"area": "site", "method": "GET", "status": status}
    before = count(**labels)

    if raised:
        with pytest.raises(raised):
            await answer(0, silent)
    else:
        await answer(0, silent)

    assert count(**labels) == before + 1
