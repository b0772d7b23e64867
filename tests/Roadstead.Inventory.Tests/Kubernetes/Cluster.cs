using Roadstead.Api;
using Roadstead.Inventory.Kubernetes;
using Roadstead.Testing;
using Roadstead.Testing.Clusters;

namespace Roadstead.Inventory.Tests.Kubernetes;

/// <summary>A stub of a cluster with a kubeconfig for it.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new("cluster");

    private Cluster(KubernetesStub stub) => Stub = stub;

    public KubernetesStub Stub { get; }

    public TemporaryFolder Folder => _folder;

    public string Kubeconfig => _folder["config"];

    public KubernetesAccess Access => new() { Kubeconfig = Kubeconfig };

    public static async Task<Cluster> Start(TestAuthority? authority = null)
    {
        var cluster = new Cluster(await KubernetesStub.Start(authority));
        cluster.Write(cluster.Stub.Kubeconfig());
        return cluster;
    }

    public void Write(string kubeconfig) => File.WriteAllText(Kubeconfig, kubeconfig);

    public async Task<InventoryOutcome> Take(bool withRelated = false, KubernetesAccess? access = null)
    {
        switch (await (access ?? Access).Open("roadstead-test", TestContext.Current.CancellationToken))
        {
            case KubernetesOpening.Opened(var connection):
                using (connection)
                {
                    return await new KubernetesSource(connection, TimeProvider.System).Take(withRelated, null, TestContext.Current.CancellationToken);
                }

            case KubernetesOpening.Failed(var fault):
                return new InventoryOutcome.Failed(fault.Message);
            default:
                throw new InvalidOperationException();
        }
    }

    public async Task<InventoryOutcome.Taken> Taken(bool withRelated = false, KubernetesAccess? access = null)
    {
        var outcome = await Take(withRelated, access);
        return outcome as InventoryOutcome.Taken ?? throw new InvalidOperationException(outcome.ToString());
    }

    public async Task<string> Fails(KubernetesAccess? access = null) => Assert.IsType<InventoryOutcome.Failed>(await Take(access: access)).Message;

    public async ValueTask DisposeAsync()
    {
        await Stub.DisposeAsync();
        _folder.Dispose();
    }

    public static string[] Told(ClusterInventory inventory) => [.. inventory.Images.Select(image => $"{image.Image} {image.Uses}")];
}
