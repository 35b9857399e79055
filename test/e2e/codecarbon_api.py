"""Our client of the CodeCarbon API beside the real one, against one server that records what it is sent.

    python codecarbon_api.py <command of ours...>

The command has to measure for some seconds; the variables that make it send to the API are set for it. Then CodeCarbon 3.3.2 does the same, and the two are
compared call by call: method, path, headers, keys and their order, types of values, and values that have to be
equal. Exits with 1 and a line per finding when they differ.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from codecarbon import OfflineEmissionsTracker

KEY = "cpt_the-key"
EXPERIMENT = str(uuid.uuid4())

problems = []
recorded = []


def check(holds, what):
    if not holds:
        problems.append(what)


class Recorder(BaseHTTPRequestHandler):
    """Answers as the API does: 201 and the run, 201 and the id of the emission."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        recorded.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        made = str(uuid.uuid4())
        answer = json.dumps({**body, "id": made} if self.path == "/runs" else made).encode()
        self.send_response(201)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        if self.path == "/runs":
            runs.add(made)

    def log_message(self, *_):
        pass


runs = set()


def calls_of(measure):
    """What is sent while measure() runs."""
    recorded.clear()
    measure()
    return list(recorded)


def kind(value):
    """Type of a value in JSON; whole and broken numbers are told apart by what the API declares."""
    if value is None:
        return "null"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def is_moment(text):
    return datetime.fromisoformat(text).tzinfo is not None


def compare(ours, theirs):
    """One call of each."""
    (path, headers, body), (their_path, their_headers, their_body) = ours, theirs
    check(path == their_path, f"path {path}, CodeCarbon has {their_path}")
    for name in ("x-api-token", "content-type"):
        mine, other = headers.get(name), their_headers.get(name)
        check(mine == other, f"{path}: header {name} is {mine!r}, CodeCarbon's {other!r}")
    check(list(body) == list(their_body), f"{path}: keys {list(body)}, CodeCarbon's {list(their_body)}")
    for key in their_body:
        mine, other = body.get(key), their_body[key]
        # What one of us does not know is null for both.
        same = kind(mine) == kind(other) or "null" in (kind(mine), kind(other))
        check(same, f"{path}: {key} is {mine!r}, CodeCarbon's {other!r}")
    check(is_moment(body["timestamp"]), f"{path}: timestamp {body['timestamp']} has no time zone")


EQUAL_OF_RUN = ["experiment_id", "cpu_count", "region", "provider", "tracking_mode"]
WHOLE = ["duration", "cpu_count", "gpu_count"]
NEVER_UNKNOWN = {
    "/runs": ["timestamp", "experiment_id", "os", "python_version", "codecarbon_version", "tracking_mode"],
    "/emissions": [
        *("timestamp", "run_id", "duration", "emissions_sum", "emissions_rate", "energy_consumed"),
        *("cpu_power", "cpu_energy", "ram_power", "ram_energy", "wue"),
    ],
}


def check_calls(who, calls):
    """What is true of everybody who speaks with the API."""
    paths = [path for path, _, _ in calls]
    check(paths[:1] == ["/runs"] and paths.count("/runs") == 1, f"{who}: calls {paths}")
    check("/emissions" in paths, f"{who}: no emissions in {paths}")
    for path, _, body in calls:
        for key in NEVER_UNKNOWN.get(path, []):
            check(body.get(key) is not None, f"{who}: {path}: {key} is unknown")
        for key in WHOLE:
            value = body.get(key)
            check(value is None or value == int(value), f"{who}: {path}: {key} is {value!r}")
        if path == "/emissions":
            check(body["run_id"] in runs, f"{who}: {body['run_id']} is no run of the API")
            check(isinstance(body["duration"], int) and body["duration"] > 0, f"{who}: duration")


def main(command):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    settings = {
        "CODECARBON_OUTPUT_METHODS": "api",
        "OTEL_METRIC_EXPORT_INTERVAL": "2000",
        "CODECARBON_API_CALL_INTERVAL": "2",
        "CODECARBON_API_ENDPOINT": endpoint,
        "CODECARBON_API_KEY": KEY,
        "CODECARBON_EXPERIMENT_ID": EXPERIMENT,
    }

    def we_measure():
        subprocess.run(command, env={**os.environ, **settings}, check=True, timeout=120)

    def they_measure():
        tracker = OfflineEmissionsTracker(
            country_iso_code="FRA",
            output_methods=["api"],
            api_endpoint=endpoint,
            api_key=KEY,
            experiment_id=EXPERIMENT,
            api_call_interval=2,
            measure_power_secs=1,
            log_level="error",
        )
        tracker.start()
        time.sleep(5.5)
        tracker.stop()

    ours, theirs = calls_of(we_measure), calls_of(they_measure)
    server.shutdown()
    check_calls("CodeCarbon", theirs)
    check_calls("we", ours)
    if problems:
        return
    compare(ours[0], theirs[0])
    compare(ours[1], theirs[1])
    for key in EQUAL_OF_RUN:
        mine, other = ours[0][2][key], theirs[0][2][key]
        check(mine == other, f"/runs: {key} is {mine!r}, CodeCarbon's {other!r}")
    # All of it was sent: energies are sums, seconds add up to the run.
    energy = sum(body["energy_consumed"] for _, _, body in ours[1:])
    parts = sum(
        body[f"{part}_energy"] or 0 for _, _, body in ours[1:] for part in ("cpu", "gpu", "ram")
    )
    check(energy > 0 and abs(energy - parts) <= 1e-9 * energy, f"energy {energy}, its parts {parts}")
    for _, _, body in ours[1:] + theirs[1:]:
        rate = body["emissions_sum"] / body["duration"]
        check(
            abs(body["emissions_rate"] - rate) <= 0.5 * rate,
            f"emissions_rate {body['emissions_rate']} in kg/s, but {rate} follows from its sum",
        )


main(sys.argv[1:])
for problem in problems:
    print(problem, file=sys.stderr)
print("we call the API as codecarbon does" if not problems else "FAILED")
sys.exit(1 if problems else 0)
