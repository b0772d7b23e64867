using System.Security.Cryptography.X509Certificates;
using Roadstead.Inventory.Kubernetes;
using Roadstead.Testing;
using Roadstead.Testing.Upstream;

namespace Roadstead.Inventory.Tests.Kubernetes;

/// <summary>The ways to a cluster that a kubeconfig can tell, and what goes wrong on them.</summary>
public class KubernetesAccessTests
{
    private static CancellationToken Stops => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_TLS_the_CA_of_the_kubeconfig_is_trusted_and_no_other()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        await using var cluster = await Cluster.Start(authority);
        await cluster.Taken();

        // A bundle in a file, with its path relative to the kubeconfig's.
        await File.WriteAllTextAsync(cluster.Folder["ca.pem"], other.Pem + "\n" + authority.Pem, Stops);
        cluster.Write(WithCa(cluster, "certificate-authority: ca.pem"));
        await cluster.Taken();
        cluster.Write(WithCa(cluster, "insecure-skip-tls-verify: true"));
        await cluster.Taken();

        await File.WriteAllTextAsync(cluster.Folder["ca.pem"], other.Pem, Stops);
        cluster.Write(WithCa(cluster, "certificate-authority: ca.pem"));
        Assert.Contains("is not trusted", await cluster.Fails(), StringComparison.Ordinal);
        cluster.Write(WithCa(cluster, "certificate-authority: none.pem"));
        Assert.Contains("cannot be used", await cluster.Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_token_files_certificates_and_programs_give_the_credential()
    {
        using var authority = new TestAuthority();
        await using var cluster = await Cluster.Start(authority);
        await File.WriteAllTextAsync(cluster.Folder["token"], "stub-token\n", Stops);
        cluster.Write(cluster.Stub.Kubeconfig("tokenFile: token"));
        await cluster.Taken();

        await File.WriteAllTextAsync(cluster.Folder["plugin"], """
            #!/bin/sh
            echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "stub-token"}}'

            """, Stops);
        File.SetUnixFileMode(cluster.Folder["plugin"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        cluster.Write(cluster.Stub.Kubeconfig($"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {cluster.Folder["plugin"]}, interactiveMode: Never}}"));
        await cluster.Taken();

        using var client = authority.Issue();
        await File.WriteAllTextAsync(cluster.Folder["client.crt"], client.ExportCertificatePem(), Stops);
        await File.WriteAllTextAsync(cluster.Folder["client.key"], client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), Stops);
        cluster.Stub.Token = null;
        cluster.Write(cluster.Stub.Kubeconfig("{client-certificate: client.crt, client-key: client.key}"));
        await cluster.Taken();
    }

    [Fact]
    public async Task Of_several_contexts_the_named_one_counts_and_a_wrong_name_is_told_with_the_right_ones()
    {
        await using var cluster = await Cluster.Start();
        cluster.Write(cluster.Stub.Kubeconfig().Replace("current-context: stub", "current-context: \"\"", StringComparison.Ordinal));
        await cluster.Taken(access: cluster.Access with { Context = "stub" });
        Assert.Contains("no context that is current; there are: stub", await cluster.Fails(), StringComparison.Ordinal);
        Assert.Contains("no context prod; there are: stub", await cluster.Fails(cluster.Access with { Context = "prod" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_kubeconfig_is_told_as_that()
    {
        await using var cluster = await Cluster.Start();
        foreach (var text in new[] { "", "nonsense", "{", "contexts: 5", cluster.Stub.Kubeconfig().Replace("server: http", "server: nonsense", StringComparison.Ordinal), cluster.Stub.Kubeconfig("username: only"), cluster.Stub.Kubeconfig("exec: {apiVersion: v1, command: /none}") })
        {
            cluster.Write(text);
            Assert.Contains("cannot be used", await cluster.Fails(), StringComparison.Ordinal);
        }

        Assert.Contains("cannot be used", await cluster.Fails(new KubernetesAccess { Kubeconfig = cluster.Folder["none"] }), StringComparison.Ordinal);
        Assert.Contains("does not run in a pod", await cluster.Fails(new KubernetesAccess { InCluster = true }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_reached_or_does_not_take_the_credential_is_told_as_that_without_a_secret()
    {
        using var authority = new TestAuthority();
        await using var cluster = await Cluster.Start(authority);
        cluster.Write(cluster.Stub.Kubeconfig("token: canary-token"));
        var message = await cluster.Fails();
        Assert.Contains("does not take the credential", message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", message, StringComparison.Ordinal);
        await cluster.Stub.Stop();
        Assert.Contains("cannot be reached", await cluster.Fails(), StringComparison.Ordinal);

        var answer = ("text/html", "<html>Log in</html>");
        await using var page = new FakeHost("page", _ => FakeResponse.Text(200, answer.Item1, answer.Item2));
        await page.Start();
        cluster.Write(cluster.Stub.Kubeconfig().Replace(cluster.Stub.Address.ToString().TrimEnd('/'), page.Address.ToString().TrimEnd('/'), StringComparison.Ordinal));
        Assert.Contains("text/html", await cluster.Fails(), StringComparison.Ordinal);

        foreach (var text in new[] { "", "[]", "{\"metadata\": {}}", "{\"metadata\": {}, \"items\": [{\"metadata\": {\"name\": \"\\udaaa\"}}]}", "{\"metadata\": {}, \"items\": [5]}" })
        {
            answer = ("application/json", text);
            Assert.Contains("none of the API's answers", await cluster.Fails(), StringComparison.Ordinal);
        }

        // Over plain HTTP nothing secret is shown.
        Assert.All(page.Requests.Items, request => Assert.Null(request.Authorization));
    }

    private static string WithCa(Cluster cluster, string line) => System.Text.RegularExpressions.Regex.Replace(cluster.Stub.Kubeconfig(), "certificate-authority-data: .*", line);
}
