using Amazon.Runtime.Credentials;
using Roadstead.Oci.Client;

namespace Roadstead.Server.TokenExchange;

/// <summary>An access key of AWS.</summary>
/// <param name="Id">Its public part.</param>
/// <param name="Secret">What requests are signed with; it is sent to nobody.</param>
/// <param name="Session">The token that goes with a key for a while; null: it is for good.</param>
internal sealed record AwsKey(string Id, string Secret, string? Session)
{
    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"key {Id}";
}

/// <summary>Where an endpoint's access key comes from.</summary>
internal sealed class AwsKeys(AwsKey? given)
{
    /// <summary>The operator's, else what AWS's own programs would find: environment, web identity, container, instance.</summary>
    public async Task<UpstreamOutcome<AwsKey>> Find(CancellationToken cancellation) =>
        given is not null ? new UpstreamOutcome<AwsKey>.Found(given) : await AwsChain.Find().WaitAsync(cancellation).ConfigureAwait(false);

    // A type of its own, so that the SDK is loaded where it is used and nowhere else.
    private static class AwsChain
    {
        // It keeps and renews what it found.
        private static readonly Lazy<DefaultAWSCredentialsIdentityResolver> Resolver = new(() => new DefaultAWSCredentialsIdentityResolver());

        public static async Task<UpstreamOutcome<AwsKey>> Find()
        {
            try
            {
                // It looks for files and asks the network before its first await.
                var key = await Task.Run(async () => await (await Resolver.Value.ResolveIdentityAsync(null).ConfigureAwait(false)).GetCredentialsAsync().ConfigureAwait(false)).ConfigureAwait(false);
                return new UpstreamOutcome<AwsKey>.Found(new AwsKey(key.AccessKey, key.SecretKey, key.UseToken ? key.Token : null));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // It throws what each link of the chain does; the messages quote what was sent.
                return new UpstreamOutcome<AwsKey>.Unavailable(new UpstreamFault(
                    UpstreamFaultKind.Unreachable,
                    $"no access key of AWS is to be had ({exception.GetType().Name}): the endpoint has no username and password, and neither the environment, a web identity, the container nor the instance gives one",
                    RegistryAnswers: true));
            }
        }
    }
}
