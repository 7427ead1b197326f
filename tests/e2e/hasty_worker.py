"""`syncd` whose workers are taken for dead after seconds, not after half a minute."""

import sys

from syncd.__main__ import main
from syncd.cluster import worker

worker.DEAD_AFTER, worker.HEARTBEAT, worker.AGAIN = 8, 1.0, 2
worker.LOOK = "* * * * * */2"
sys.exit(main())
