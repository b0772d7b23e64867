namespace Roadstead.Inventory.Kubernetes;

/// <summary>The connection that all who watch a cluster share; it is made anew where its credential is no longer taken.</summary>
/// <param name="access">Which cluster, and as whom.</param>
/// <param name="agent">What this program calls itself.</param>
internal sealed class KubernetesConnections(KubernetesAccess access, string agent) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private KubernetesConnection? _current;
    private KubernetesConnection? _former;

    public async Task<KubernetesOpening> Get(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_current is not null)
            {
                return new KubernetesOpening.Opened(_current);
            }

            var opening = await access.Open(agent, cancellation).ConfigureAwait(false);
            _current = (opening as KubernetesOpening.Opened)?.Connection;
            return opening;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Has the next who asks get a new one, by what the kubeconfig says then.</summary>
    /// <param name="connection">One that did not do; others may still ask by it.</param>
    /// <param name="cancellation">Ends the waiting for others.</param>
    public async Task Leave(KubernetesConnection connection, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_current == connection)
            {
                // Whoever had the one before has long gone on.
                _former?.Dispose();
                (_former, _current) = (_current, null);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _current?.Dispose();
        _former?.Dispose();
        _turn.Dispose();
    }
}
