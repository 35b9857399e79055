"""CodeCarbon's own figures, as one line of JSON: python reference.py <powercap directory> <seconds> <warm-up>.

Its reader of RAPL is pointed at the simulated tree; everything else is as a user has it with
OfflineEmissionsTracker (no network) and measure_power_secs=1.
"""

import json
import resource
import sys
import time

powercap, seconds, warm_up = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])


def memory():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 2**20


def cpu(who=resource.RUSAGE_SELF):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


bare = memory()
began = time.perf_counter()
from codecarbon import OfflineEmissionsTracker
from codecarbon.core import cpu as codecarbon_cpu
from codecarbon.external import hardware

import_seconds = time.perf_counter() - began

codecarbon_cpu.is_rapl_available.__defaults__ = (powercap,)
for function in (codecarbon_cpu.IntelRAPL.__init__, hardware.CPU.__init__):
    defaults = list(function.__defaults__)
    function.__defaults__ = tuple(
        powercap if isinstance(value, str) and "powercap" in value else value for value in defaults
    )

began = time.perf_counter()
tracker = OfflineEmissionsTracker(
    country_iso_code="FRA", measure_power_secs=1, save_to_file=False, log_level="error"
)
tracker.start()
start_seconds = time.perf_counter() - began
spawned_cpu = cpu(resource.RUSAGE_CHILDREN)

time.sleep(warm_up)
before = cpu()
time.sleep(seconds)
per_second = (cpu() - before) / seconds
loaded = memory()
tracker.stop()
print(
    json.dumps(
        {
            "importMillis": import_seconds * 1e3,
            "startMillis": start_seconds * 1e3,
            "startChildrenCpuMillis": spawned_cpu * 1e3,
            "cpuMillisPerSecond": per_second * 1e3,
            "memoryMebibytes": loaded - bare,
            "cpuJoules": tracker._total_cpu_energy.kWh * 3.6e6,
        }
    )
)
