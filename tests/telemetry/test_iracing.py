"""The live simulator, with Windows replaced by a fake: connecting, losing, reconnecting, and what must be closed."""

from __future__ import annotations

import http.server
import mmap
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import irsdk
import pytest

from support.image_writer import ImageWriter, session_text
from support.telemetry_fakes import Clock, drain
from teamtactics.errors import LayoutChanged, SimulatorGone, SourceRefused
from teamtactics.telemetry import iracing
from teamtactics.telemetry.iracing import IracingSource, PyIrsdkFeed
from teamtactics.telemetry.live import STARTING_S
from teamtactics.telemetry.opening import open_source


class FakeWindows:
    """Handles, the event and the named mapping of a simulator that can come and go."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.image: ImageWriter | None = None
        self.is_pulsing = True
        self.open_handles: set[int] = set()
        self.open_maps = 0
        self.opened = 0
        self.requests = 0
        self._next = 4

    def start_simulator(self) -> ImageWriter:
        self.image = ImageWriter(None)
        self.image.write_session_text(session_text(car_idx=5))
        for number in range(3):
            self.image.write_tick(tick_values(number))
        return self.image

    # The seam of our own calls.
    def open_event(self) -> int:
        return self.open_event_w(0, False, "")

    def wait_for(self, handle: int, timeout_s: float) -> None:
        assert handle in self.open_handles
        self.clock.wait(timeout_s)

    def close_handle(self, handle: int) -> None:
        self.open_handles.remove(handle)

    # What pyirsdk calls itself.
    def open_event_w(self, _access: int, _inherit: bool, _name: str) -> int:
        if self.image is None:
            return 0
        self._next += 4
        self.opened += 1
        self.open_handles.add(self._next)
        return self._next

    def wait_for_single_object(self, handle: int, _milliseconds: int) -> int:
        assert handle in self.open_handles
        return 0 if self.is_pulsing else 258

    def map(self, *_arguments: object, **_options: object) -> FakeMap:
        if self.image is None:
            raise FileNotFoundError("no such mapping")
        self.open_maps += 1
        return FakeMap(self)


class FakeMap(bytearray):
    def __init__(self, windows: FakeWindows) -> None:
        assert windows.image is not None
        super().__init__(windows.image.memory)
        windows.image.memory = self
        self._windows = windows

    def close(self) -> None:
        self._windows.open_maps -= 1


def tick_values(number: int) -> dict[str, float]:
    return {"SessionTime": 50 + number / 60, "IsOnTrackCar": True, "Lap": 3, "FuelLevel": 20.0}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def windows(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> FakeWindows:
    fake = FakeWindows(clock)
    kernel = SimpleNamespace(OpenEventW=fake.open_event_w, WaitForSingleObject=fake.wait_for_single_object)
    monkeypatch.setattr(irsdk, "ctypes", SimpleNamespace(windll=SimpleNamespace(kernel32=kernel)))
    monkeypatch.setattr(irsdk, "mmap", SimpleNamespace(mmap=fake.map, ACCESS_READ=mmap.ACCESS_READ))

    def check(_self: object) -> bool:
        fake.requests += 1
        return fake.image is not None

    monkeypatch.setattr(iracing._Sdk, "_check_sim_status", check)
    return fake


def source_on(windows: FakeWindows, clock: Clock) -> IracingSource:
    return IracingSource(PyIrsdkFeed(windows), clock.monotonic)


def test_a_running_simulator_is_read(windows: FakeWindows, clock: Clock) -> None:
    image = windows.start_simulator()
    source = source_on(windows, clock)
    assert source.connect()
    assert (source.name, source.key) == ("iRacing", "live")
    assert source.info is not None
    assert [frame.tick for frame in source.read(0.5)] == [1, 2, 3]
    image.write_tick(tick_values(3))
    assert [frame.tick for frame in source.read(0.5)] == [4]


def test_a_simulator_that_is_not_running_costs_one_call(windows: FakeWindows, clock: Clock) -> None:
    source = source_on(windows, clock)
    for _ in range(100):
        assert not source.connect()
    assert (windows.requests, windows.opened, windows.open_maps, clock.waits) == (0, 0, 0, [])


def test_a_missed_pulse_costs_no_tick(windows: FakeWindows, clock: Clock) -> None:
    """The event is not latched: the wait is short, and the older buffers hold what came meanwhile."""
    image = windows.start_simulator()
    source = source_on(windows, clock)
    source.connect()
    drain(source)
    source.read(0.5)
    assert max(clock.waits) <= 0.02
    image.write_tick(tick_values(3))
    image.write_tick(tick_values(4))
    assert [frame.tick for frame in source.read(0.5)] == [4, 5]
    assert source.missed_ticks == 0


def test_a_crash_that_leaves_the_status_bit_set_is_noticed(windows: FakeWindows, clock: Clock) -> None:
    windows.start_simulator()
    source = source_on(windows, clock)
    source.connect()
    drain(source)
    with pytest.raises(SimulatorGone, match="no new tick"):
        for _ in range(20):
            source.read(0.5)
    source.disconnect()
    assert (windows.open_handles, windows.open_maps) == (set(), 0)


@pytest.mark.slow
def test_connecting_and_losing_a_thousand_times_leaks_neither_handle_nor_mapping(
    windows: FakeWindows, clock: Clock
) -> None:
    """pyirsdk opens the event at each start-up and never closes it."""
    source = source_on(windows, clock)
    for _ in range(1000):
        image = windows.start_simulator()
        image.write_tick(tick_values(9), tick=windows.opened + 10)
        assert source.connect()
        source.read(0.0)
        assert (len(windows.open_handles), windows.open_maps) == (1, 1)
        image.set_connected(False)
        with pytest.raises(SimulatorGone):
            source.read(0.0)
        windows.image = None
        source.disconnect()
        assert not source.connect()
        assert (windows.open_handles, windows.open_maps) == (set(), 0)
    assert windows.opened >= 2000


@pytest.mark.parametrize("trouble", ["no status", "no pulse", "no mapping", "no status bit", "half a header"])
def test_a_simulator_that_is_only_half_there_leaves_nothing_open(
    windows: FakeWindows, clock: Clock, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    image = windows.start_simulator()
    if trouble == "no status":
        monkeypatch.setattr(iracing._Sdk, "_check_sim_status", lambda _: False)
    elif trouble == "no pulse":
        windows.is_pulsing = False
    elif trouble == "no mapping":
        monkeypatch.setattr(irsdk.mmap, "mmap", lambda *_, **__: (_ for _ in ()).throw(OSError("gone")))
    elif trouble == "no status bit":
        image.set_connected(False)
    else:
        image.memory[24:28] = b"\xff\xff\xff\x7f"
    source = source_on(windows, clock)
    for _ in range(10):
        assert not source.connect()
    assert (windows.open_handles, windows.open_maps) == (set(), 0)


def test_a_header_that_stays_absurd_is_named_and_a_sound_one_is_read_again(windows: FakeWindows, clock: Clock) -> None:
    image = windows.start_simulator()
    sound = bytes(image.memory[24:28])
    image.memory[24:28] = b"\xff\xff\xff\x7f"
    source = source_on(windows, clock)
    assert not source.connect()
    clock.now_s += STARTING_S
    with pytest.raises(LayoutChanged, match="2147483647 variables"):
        source.connect()
    assert (windows.open_handles, windows.open_maps) == (set(), 0)
    image.memory[24:28] = sound
    assert source.connect()


def test_nothing_is_prepared_for_encrypted_connections_when_it_is_imported() -> None:
    """Python 3.12 reads SSLKEYLOGFILE then: a traceback before anything could be said about it."""
    handlers = iracing._opener.handlers  # type: ignore[attr-defined]  # the stubs leave it out
    assert {type(handler).__name__ for handler in handlers} == {"HTTPHandler"}


@pytest.mark.skipif(sys.platform == "win32", reason="there it is possible")
def test_there_is_no_simulator_outside_windows() -> None:
    with pytest.raises(SourceRefused, match=r"only runs on Windows.* 'teamtactics follow SESSION' .* 'simulate'"):
        IracingSource()
    with pytest.raises(SourceRefused, match=r"only runs on Windows.* 'teamtactics follow SESSION' .* 'simulate'"):
        open_source(None)


class Answer(http.server.BaseHTTPRequestHandler):
    body = b"running:1"
    hangs: threading.Event | None = None

    def do_GET(self) -> None:
        if self.hangs is not None:
            self.hangs.wait(10)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def status_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Answer]]:
    class AnswerOfThisTest(Answer):
        pass

    answer = AnswerOfThisTest
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(irsdk, "SIM_STATUS_URL", f"http://127.0.0.1:{server.server_port}/get_sim_status")
    yield answer
    if answer.hangs is not None:
        answer.hangs.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


def is_running() -> bool:
    sdk = iracing._Sdk(lambda _: None)
    return sdk._check_sim_status()


def test_the_status_request_ignores_every_proxy(status_server: type[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy from the settings must never catch the simulator on 127.0.0.1."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert is_running()
    status_server.body = b"running:0"
    assert not is_running()


def test_the_status_request_has_a_deadline(
    status_server: type[Answer], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """pyirsdk waits for ever, and prints."""
    assert iracing._STATUS_TIMEOUT_S <= 1.0
    status_server.hangs = threading.Event()
    monkeypatch.setattr(iracing, "_STATUS_TIMEOUT_S", 0.05)
    assert not is_running()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"x" * 100_000])
def test_a_strange_answer_is_not_running(status_server: type[Answer], body: bytes) -> None:
    status_server.body = body
    assert not is_running()


def test_no_server_is_not_running(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(irsdk, "SIM_STATUS_URL", "http://127.0.0.1:1/")
    assert not is_running()
    assert capsys.readouterr() == ("", "")
