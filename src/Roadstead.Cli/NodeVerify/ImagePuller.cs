namespace Roadstead.Cli.NodeVerify;

/// <summary>Pulls through a runtime, and leaves nothing of it there. Faults of the runtime are values.</summary>
internal abstract class ImagePuller : IDisposable
{
    /// <summary>How it speaks to the runtime, as the report shows it: a socket or a program.</summary>
    public abstract string Way { get; }

    /// <summary>True if it pulls from registries.conf, whose place a variable names, so that a dead mirror can be put before the live one for one pull.</summary>
    public virtual bool ReadsRegistriesConf => false;

    public abstract Task<PullerState> State(CancellationToken cancellation);

    /// <param name="reference">In full, as <c>docker.io/roadstead/verify:1a2b</c>.</param>
    public abstract Task<PullResult> Pull(string reference, CancellationToken cancellation);

    /// <summary>Removes what <see cref="Pull"/> brought; nothing happens if it brought nothing.</summary>
    public abstract Task Remove(string reference, CancellationToken cancellation);

    /// <summary>Names of images of a repository that are there, as one may be removed by; empty: there are none, or it keeps none.</summary>
    /// <param name="repository">In full, as <c>docker.io/roadstead/verify</c>.</param>
    public virtual Task<IReadOnlyList<string>> Held(string repository, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>The folder of hosts.toml in force, as the runtime tells it; null: it does not tell, <c>""</c>: none.</summary>
    public virtual Task<string?> ConfigPath(CancellationToken cancellation) => Task.FromResult<string?>(null);

    /// <summary>The same, with another registries.conf.</summary>
    public virtual ImagePuller With(string registriesConf) => throw new NotSupportedException();

    /// <summary>True if a name is one of a repository's, with a tag, a digest or both.</summary>
    private protected static bool IsOf(string repository, string name) => name.StartsWith(repository, StringComparison.Ordinal) && name.Length > repository.Length && name[repository.Length] is ':' or '@';

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
