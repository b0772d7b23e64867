namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>SIGKILL at every system call that changes something on disk: whatever is left, uninstall brings back what was there.</summary>
public class KilledTests
{
    // Before each of them; between two that follow each other the disk is the same. fchmod stands for the writing of a file. Of each kind strace counts for itself.
    private static readonly string[] Calls = ["mkdir", "rename", "link", "unlink", "rmdir", "fchmod"];
    private const int Killed = 137;

    private static readonly string[] Other = ["--mirror", "https://other.example", "--registry", "docker.io=hub"];

    [Fact]
    public async Task A_first_install() => await AtEveryStep(node => Task.CompletedTask, "install", NodeTree.Mirror);

    [Fact]
    public async Task An_install_over_another() => await AtEveryStep(async node => (await node.Install(Other)).OrThrow(), "install", NodeTree.Mirror);

    [Fact]
    public async Task An_uninstall() => await AtEveryStep(async node => (await node.Install(NodeTree.Mirror)).OrThrow(), "uninstall");

    private static async Task AtEveryStep(Func<NodeTree, Task> prepare, string command, params string[] words)
    {
        using var node = new NodeTree("skopeo");
        node.Write("/etc/containers/registries.conf.d/50-mirror.conf", NodeTree.ByHand);
        var before = await node.Snapshot();
        string[] more = command == "install" ? ["--sigstore-attachments"] : [];
        var kills = 0;
        foreach (var call in Calls)
        {
            for (var step = 1; ; step++)
            {
                await prepare(node);
                var result = await node.RunBy(["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"inject={call}:signal=KILL:when={step}"], command, [.. words, .. more]);
                (await node.Uninstall()).OrThrow();
                Assert.True(before == await node.Snapshot(), $"{call} {step}: {await node.Snapshot()}\n{result}");
                if (result.Succeeded)
                {
                    break;
                }

                Assert.True(result.ExitCode == Killed, result.ToString());
                kills++;
            }
        }

        // Fewer would not be the steps that are meant.
        Assert.True(kills > 10, $"{kills}");
    }
}
