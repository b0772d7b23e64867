using Roadstead.Cli.NodeConfig;
using Roadstead.Cli.NodeInstall;

namespace Roadstead.Cli.Tests.NodeInstall;

/// <summary>What a node has, by what is on its disk.</summary>
public class RuntimeDetectorTests
{
    [Theory]
    [InlineData("podman", "/usr/bin/podman")]
    [InlineData("podman", "/usr/bin/skopeo")]
    [InlineData("podman", "/usr/local/bin/buildah")]
    [InlineData("crio", "/usr/bin/crio")]
    [InlineData("crio", "/etc/crio/crio.conf")]
    [InlineData("crio", "/run/crio/crio.sock")]
    [InlineData("containerd", "/usr/local/bin/containerd")]
    [InlineData("docker", "/usr/sbin/dockerd")]
    [InlineData("docker", "/usr/bin/dockerd", "/usr/bin/containerd")]
    [InlineData("docker", "/usr/bin/dockerd", "/usr/bin/containerd", "/usr/bin/kubelet", "/run/cri-dockerd.sock")]
    [InlineData("containerd docker", "/usr/bin/dockerd", "/usr/bin/containerd", "/usr/bin/kubelet")]
    [InlineData("containerd docker", "/usr/bin/dockerd", "/usr/bin/containerd", "/usr/local/bin/nerdctl")]
    [InlineData("podman containerd", "/usr/bin/podman", "/usr/bin/containerd")]
    [InlineData("k3s", "/usr/local/bin/k3s", "/run/k3s/containerd/containerd.sock")]
    [InlineData("k3s", "/etc/rancher/k3s/config.yaml")]
    [InlineData("rke2", "/usr/local/bin/rke2", "/run/k3s/containerd/containerd.sock")]
    [InlineData("microk8s", "/var/snap/microk8s/current/args/containerd.toml")]
    [InlineData("openshift", "/etc/machine-config-daemon/currentconfig", "/usr/bin/crio", "/usr/bin/podman")]
    [InlineData("")]
    public void Runtimes_are_found_by_their_programs_sockets_and_folders(string names, params string[] files)
    {
        using var node = new NodeTree();
        foreach (var file in files)
        {
            node.Write(file, "");
        }

        Assert.Equal(names, string.Join(' ', RuntimeDetector.Detect(new NodeFiles(node.Root)).Select(found => found.Runtime.Name)));
    }

    [Theory]
    [InlineData("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1\n", "1.6.20")]
    [InlineData("containerd containerd.io 1.7.13 7c3aca7a610df76212171d200ca3811ff6096eb8\n", "1.7.13")]
    [InlineData("crio version 1.30.3\nVersion:        1.30.3\n", "1.30.3")]
    [InlineData("podman version 4.3.1\n", "4.3.1")]
    [InlineData("Docker version 20.10.24+dfsg1, build 297e128\n", "20.10.24")]
    [InlineData("k3s version v1.30.4+k3s1 (98262b5d)\ngo version go1.22.5\n", "1.30.4")]
    [InlineData("no word of it\n", null)]
    public void Versions_are_read_from_what_programs_say(string output, string? version) => Assert.Equal(version, RuntimeVersions.Read(output)?.ToString());

    [Fact]
    public void Programs_of_this_machine_are_asked()
    {
        var found = RuntimeDetector.Detect(new NodeFiles("/"));
        Assert.Contains(found, runtime => runtime.Runtime.Name == "podman" && runtime.Version >= new RuntimeVersion(4, 0, 0));
        Assert.Contains(found, runtime => runtime.Runtime.Name == "docker" && runtime.Version >= new RuntimeVersion(20, 0, 0));
    }

    [Fact]
    public void Elsewhere_the_package_s_record_says_it_and_nothing_is_run()
    {
        using var node = new NodeTree();
        node.Write("/usr/bin/podman", "#!/bin/sh\necho podman version 9.9.9\n", mode: 0b111_101_101);
        node.Write("/usr/sbin/dockerd", "");
        node.Write("/usr/bin/crio", "");
        node.Write("/var/lib/dpkg/status", "Package: podman\nStatus: deinstall ok config-files\nVersion: 4.3.1\n\nPackage: docker-ce\nStatus: install ok installed\nVersion: 5:27.1.1-1~debian.12~bookworm\n\n");
        var found = RuntimeDetector.Detect(new NodeFiles(node.Root)).ToDictionary(runtime => runtime.Runtime.Name, runtime => runtime.Version?.ToString());
        Assert.Equal((null, "27.1.1", null), (found["podman"], found["docker"], found["crio"]));
    }

    [Fact]
    public void Owners_of_all_files_stand_alone_with_the_system_s_version()
    {
        using var node = new NodeTree("containerd");
        node.Write("/etc/os-release", "NAME=Talos\nID=talos\nVERSION_ID=v1.11.2\n");
        var talos = Assert.Single(RuntimeDetector.Detect(new NodeFiles(node.Root)));
        Assert.Equal(("talos", "1.11.2"), (talos.Runtime.Name, talos.Version?.ToString()));
    }

    [Fact]
    public void The_socket_is_where_the_runtime_speaks_cri()
    {
        using var node = new NodeTree("crio");
        node.Write("/run/crio/crio.sock", "");
        Assert.Equal("/run/crio/crio.sock", Assert.Single(RuntimeDetector.Detect(new NodeFiles(node.Root))).Socket);
    }
}
