import pytest


@pytest.fixture(autouse=True)
def _only_when_asked(request):
    if "bench" not in request.config.getoption("-m"):
        pytest.skip("measures, run with -m bench")
