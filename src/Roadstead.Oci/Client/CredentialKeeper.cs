namespace Roadstead.Oci.Client;

/// <summary>The user name and password in force for one upstream, where a token service gives them: asked for once for all who wait, kept until shortly before they end.</summary>
/// <remarks>
/// Nobody waits for a service that is known to fail: what it said last is told at once, while it is asked again. A credential is used on until it ends, whatever the service
/// does meanwhile; what the registry refuses before that is given for another, once in a while, for it may be the repository alone that is refused.
/// </remarks>
internal sealed class CredentialKeeper(ITokenExchange exchange, UpstreamSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan BetweenFailures = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FailureHolds = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenRefusals = TimeSpan.FromSeconds(30);

    // Whom the operator lets be anyone is the registry, and not the service that sees the cloud's key.
    private readonly HttpMessageInvoker _http = new(UpstreamHandler.Create(settings with { SkipVerify = false, ClientCertificate = null }));
    private readonly Lock _gate = new();
    private Kept? _kept;
    private Failure? _failure;
    private Task<UpstreamOutcome<RegistryCredential>>? _asking;
    private long? _refused;

    /// <summary>What is in force, or why there is nothing.</summary>
    public Task<UpstreamOutcome<RegistryCredential>> Get(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_kept is { } kept && clock.GetElapsedTime(kept.Since) < kept.Credential.Life)
            {
                // A tenth of its life before its end, so that nobody ever waits for the next.
                if (clock.GetElapsedTime(kept.Since) >= kept.Credential.Life * 0.9 && MayAskAgain())
                {
                    Ask();
                }

                return Task.FromResult<UpstreamOutcome<RegistryCredential>>(new UpstreamOutcome<RegistryCredential>.Found(kept.Credential));
            }

            if (_failure is { } failure && clock.GetElapsedTime(failure.Since) < FailureHolds)
            {
                if (MayAskAgain())
                {
                    Ask();
                }

                return Task.FromResult(failure.Outcome);
            }

            return Ask().WaitAsync(cancellation);
        }
    }

    /// <summary>After the registry refused one: another, where there is one to be had.</summary>
    /// <param name="refused">What the request bore.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<UpstreamOutcome<RegistryCredential>> Renew(string? refused, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var isOurs = _kept is { } kept && kept.Credential.Header.Parameter == refused;
            if (!isOurs || (_refused is { } since && clock.GetElapsedTime(since) < BetweenRefusals))
            {
                return Get(cancellation);
            }

            _refused = clock.GetTimestamp();
            return Ask().WaitAsync(cancellation);
        }
    }

    public void Dispose() => _http.Dispose();

    private bool MayAskAgain() => _failure is not { } failure || clock.GetElapsedTime(failure.Since) >= BetweenFailures;

    private Task<UpstreamOutcome<RegistryCredential>> Ask() => _asking ??= Task.Run(AskNow);

    private async Task<UpstreamOutcome<RegistryCredential>> AskNow()
    {
        var since = clock.GetTimestamp();
        UpstreamOutcome<RegistryCredential>? outcome = null;
        try
        {
            outcome = await Exchange().ConfigureAwait(false);
            return outcome;
        }
        finally
        {
            lock (_gate)
            {
                _asking = null;
                (_kept, _failure) = outcome switch
                {
                    UpstreamOutcome<RegistryCredential>.Found { Value: var given } => (new Kept(given, since), null),
                    null => (_kept, _failure),
                    _ => (_kept, new Failure(outcome, clock.GetTimestamp())),
                };
            }
        }
    }

    private async Task<UpstreamOutcome<RegistryCredential>> Exchange()
    {
        // It belongs to all who wait, so it ends by its own time and not by that of the first of them.
        using var budget = new CancellationTokenSource(settings.HeaderTimeout, clock);
        try
        {
            return await exchange.Exchange(_http, budget.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new UpstreamOutcome<RegistryCredential>.Unavailable(
                new UpstreamFault(UpstreamFaultKind.TimedOut, $"{exchange.Name} did not answer in time", RegistryAnswers: true));
        }
    }

    private sealed record Kept(RegistryCredential Credential, long Since);

    private sealed record Failure(UpstreamOutcome<RegistryCredential> Outcome, long Since);
}
