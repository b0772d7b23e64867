using Roadstead.Oci.Client;

namespace Roadstead.Server.Projects;

/// <summary>The client of an endpoint's registry, with its connections and tokens, for as long as it is used.</summary>
/// <remarks>
/// An endpoint that was replaced or removed is still asked by the requests and fills that began with it. Its client is closed when the last of them let it go, and
/// not by a guess at how long they take; one that comes back after a pause finds another.
/// </remarks>
internal sealed class SharedClient(Func<RegistryClient> make) : IDisposable
{
    private readonly Lock _gate = new();
    private RegistryClient? _client = make();
    private int _users;
    private bool _isRetired;

    /// <inheritdoc cref="RegistryClient.RateLimit"/>
    public RateLimit? RateLimit
    {
        get
        {
            lock (_gate)
            {
                return _client?.RateLimit;
            }
        }
    }

    /// <summary>Takes the client; whoever does gives it back by disposing what it gets.</summary>
    public Use Take()
    {
        lock (_gate)
        {
            _users++;
            return new Use(this, _client ??= make());
        }
    }

    /// <summary>Has the client be closed as soon as nobody uses it.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _isRetired = true;
            CloseIfUnused();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _client?.Dispose();
            _client = null;
        }
    }

    private void GiveBack()
    {
        lock (_gate)
        {
            _users--;
            CloseIfUnused();
        }
    }

    private void CloseIfUnused()
    {
        if (_isRetired && _users == 0)
        {
            _client?.Dispose();
            _client = null;
        }
    }

    /// <summary>One use of the client.</summary>
    internal sealed class Use(SharedClient owner, RegistryClient client) : IDisposable
    {
        private int _isGivenBack;

        public RegistryClient Client { get; } = client;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGivenBack, 1) == 0)
            {
                owner.GiveBack();
            }
        }
    }
}
