#!/usr/bin/env python3
"""A scheduler that asks Heliostat for light: place a job, start it, report its progress, watch it, end it. Standard library only.

    python3 scheduler.py URL TOKEN_FILE WORKLOAD.yaml GPUS

Start it with a token of the role `scheduler` (heliostat token create --role scheduler). Exit code 0: done; 1: refused, with the reasons.
"""

import json
import sys
import time
import urllib.error
import urllib.request
import uuid


class Refused(Exception):
    """The server's no: a problem document of RFC 9457."""


class Heliostat:
    """The few calls that a scheduler needs. Every write carries an idempotency key, so that a lost answer can be asked for again."""

    tries_max = 5

    def __init__(self, url, token):
        self.url = url.rstrip("/")
        self.token = token

    def ask(self, method, path, body=None, etag=None):
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": str(uuid.uuid4())}
        if body is not None:
            headers["content-type"] = "application/json"
        if etag is not None:
            headers["if-match"] = etag
        data = None if body is None else json.dumps(body).encode()
        for attempt in range(self.tries_max):
            try:
                with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data, headers=headers, method=method), timeout=60) as answer:
                    return json.load(answer), answer.headers.get("etag")
            except urllib.error.HTTPError as fault:
                # Overload is answered with 429 or 503 and how long to wait; any other no is final.
                if fault.code not in (429, 503) or attempt == self.tries_max - 1:
                    problem = json.load(fault)
                    raise Refused("; ".join([problem["detail"], *problem.get("reasons", []), problem["remedy"]])) from None
                time.sleep(float(fault.headers.get("retry-after", "1")))
            except urllib.error.URLError:
                if attempt == self.tries_max - 1:
                    raise
                time.sleep(2**attempt)
        raise AssertionError("unreachable")

    def events(self, after=None):
        """Events as they become durable. Each carries the number `n` of its log entry; begin again behind the last one after a break."""
        path = "/api/v1/stream" + ("" if after is None else f"?after={after}")
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers={"authorization": f"Bearer {self.token}"}), timeout=60) as stream:
            for line in stream:
                message = json.loads(line[6:]) if line.startswith(b"data: ") else {}
                if "n" in message:  # the greeting has none
                    yield message


def main(url, token_file, workload_file, gpus):
    with open(token_file, encoding="utf-8") as file:
        server = Heliostat(url, file.read().strip())
    with open(workload_file, encoding="utf-8") as file:
        workload = file.read()

    placed, _ = server.ask("POST", "/api/v1/placements", {"workload": workload, "gpus": int(gpus)})
    if placed["refusal"] is not None:
        raise Refused("; ".join(placed["refusal"]["reasons"]))
    best = placed["candidates"][0]
    print(f"step {best['stepS']:.3f} s, {best['powerKw']:.1f} kW, a failure touches it with {best['failureProbability']:.0%}: {' '.join(best['reasons'])}")
    for place in placed["elsewhere"]:
        print(f"  not {place['where']}: {place['reason']}")

    name = f"job-{uuid.uuid4().hex[:8]}"
    started, _ = server.ask("POST", "/api/v1/jobs", {"id": name, "tenant": "example", "workload": workload, "ranks": best["ranks"]})
    print(f"{name}: {started['facts'][0]['text']} Its leases and plan are {len(started['facts']) - 1} further facts.")

    # Where the job stands tells the controller what an interruption would cost it.
    server.ask("POST", f"/api/v1/jobs/{name}/reports", {"steps": 10, "stepNs": best["stepS"] * 1e9})
    event = next(event for event in server.events(after=started["version"]) if event["job"] == name)
    print(f"  event {event['n']}: {event['text']}")

    job, etag = server.ask("GET", f"/api/v1/jobs/{name}")
    print(f"{name}: {job['steps']} steps done, step {job['stepS']:.3f} s, {job['shortLeases']} of {job['leases']} leases short of light")
    server.ask("DELETE", f"/api/v1/jobs/{name}", etag=etag)
    print(f"{name} has ended and its light is free")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        sys.exit(1)
