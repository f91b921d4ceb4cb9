"""The self-test: good here, and able to fail."""

import pytest

from phasespace_qb import doctor
from phasespace_qb import kernel_cache as cache
from phasespace_qb.cli import main


def test_this_installation_is_in_order(capsys):
    with pytest.raises(SystemExit) as left:
        main(["doctor"])
    printed = capsys.readouterr().out
    assert left.value.code == 0
    assert printed.rstrip().endswith("verdict: all in order")
    for part in ("numba", "cores", "kernel cache", "ns a step", "photon number against theory"):
        assert part in printed


def test_a_wrong_answer_and_a_lost_cache_are_seen(monkeypatch, capsys, tmp_path):
    true = doctor.LinearNoise
    monkeypatch.setattr(doctor, "DopoBattery", _wrong)
    monkeypatch.setattr(doctor, "wanted_folder", lambda: tmp_path / "elsewhere")
    with pytest.raises(SystemExit) as left:
        main(["doctor"])
    printed = capsys.readouterr().out
    assert left.value.code == 1
    assert "BAD  photon number against theory" in printed
    assert "BAD  kernel cache" in printed
    assert doctor.LinearNoise is true
    assert cache.cache_folder().exists()


def _wrong(pump, kappa):
    """Theory and trajectories of different batteries: every second call declares another pump."""
    from phasespace_qb.models.dopo import DopoBattery

    class Changing(DopoBattery):
        calls = 0

        def system(self):
            Changing.calls += 1
            declared = DopoBattery(pump=pump * (1.0 if Changing.calls < 3 else 1.05), kappa=kappa)
            return declared.system()

    return Changing(pump=pump, kappa=kappa)
