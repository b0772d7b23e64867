namespace Roadstead.Testing.Upstream;

/// <summary>A way to misbehave: something before the answer, a change of the answer, or both.</summary>
/// <param name="before">Runs before the answer is made; its token ends with the connection.</param>
/// <param name="shape">Changes the answer that the fake would give.</param>
public sealed class Fault(Func<CancellationToken, Task>? before = null, Action<RecordedRequest, FakeResponse>? shape = null)
{
    /// <summary>Both: first this, then the other.</summary>
    public Fault And(Fault other) => new(
        async gone =>
        {
            await Before(gone);
            await other.Before(gone);
        },
        (request, response) =>
        {
            Shape(request, response);
            other.Shape(request, response);
        });

    internal Task Before(CancellationToken gone) => before?.Invoke(gone) ?? Task.CompletedTask;

    internal void Shape(RecordedRequest request, FakeResponse response) => shape?.Invoke(request, response);
}
