# needs: mystic
"""mystic: solvers whose state is saved with dill, and the tests that it ships."""

import pytest
import shipped


def test_solver_is_restored(tmp_path):
    from mystic.models import rosen
    from mystic.solvers import LoadSolver, NelderMeadSimplexSolver
    from mystic.termination import CandidateRelativeTolerance

    solver = NelderMeadSimplexSolver(3)
    solver.SetInitialPoints([0.8, 1.2, 0.7])
    solver.SetObjective(lambda x: rosen(x))
    solver.SetTermination(CandidateRelativeTolerance())
    for _ in range(10):
        solver.Step()
    solver.SaveSolver(str(tmp_path / 'solver.pkl'))
    restored = LoadSolver(str(tmp_path / 'solver.pkl'))
    assert list(restored.bestSolution) == list(solver.bestSolution)
    restored.Solve()
    assert abs(restored.bestEnergy) < 1e-4


@pytest.mark.parametrize('file', shipped.tests('mystic'), ids=shipped.name)
def test_shipped(file, tmp_path):
    shipped.run(file, tmp_path)
