#!/usr/bin/env bash
# dagster 1.13.27: after a run in a shell's background job, the process ignores SIGTERM.
#
# A shell without job control starts background jobs with SIGINT ignored. Around a run Dagster sets
# its own handlers of SIGINT and SIGTERM, and afterwards gives both of them the one that SIGINT had
# before. There that is "ignore": from its first run in process on, `kill` no longer ends the
# program, and neither do the programs that it starts, as an ignored signal is inherited.
# Ours: a run in process gives each signal its own handler back (pipelines/in_process.py), and the
# parts of the product start with both signals heeded (optilearn/embedded/identity.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dagster==1.13.27
cat >"$folder/run.py" <<'PYTHON'
import signal

import dagster


@dagster.op
def nothing() -> None:
    pass


@dagster.job
def empty() -> None:
    nothing()


if __name__ == "__main__":
    before = [signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)]
    assert before == [signal.SIG_IGN, signal.SIG_DFL], before
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    assert empty.execute_in_process(run_config=quiet).success
    after = signal.getsignal(signal.SIGTERM)
    print(f"dagster {dagster.__version__}: SIGTERM was SIG_DFL, is {signal.Handlers(after).name}")
    assert after is signal.SIG_IGN, "the behaviour has changed"
PYTHON
"$folder/venv/bin/python" "$folder/run.py" &
wait $!
