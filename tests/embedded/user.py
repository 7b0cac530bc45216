"""A program that uses the embedded services: says where they are, then waits to be ended."""

import json
import os
import sys
from pathlib import Path

from optilearn.embedded import ensure

services = ensure(Path(sys.argv[1]), postgres=True, valkey=True)
urls = {
    "superuser": services.superuser_url,
    "app": services.app_url,
    "redis": services.redis_url,
    "pid": os.getpid(),
}
print(json.dumps(urls), flush=True)
sys.stdin.read()
