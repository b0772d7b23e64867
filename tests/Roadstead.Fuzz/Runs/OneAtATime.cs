using Xunit.v3;

// Each property takes all cores for itself; two at once would only share them.
[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
