using System.Globalization;
using Roadstead.Testing;

namespace Roadstead.Bench.Contestants;

/// <summary>nginx with files under a registry's paths, configured as its documentation advises for static content.</summary>
/// <seealso href="https://docs.nginx.com/nginx/admin-guide/web-server/serving-static-content/"/>
/// <seealso href="https://nginx.org/en/docs/http/ngx_http_core_module.html#open_file_cache"/>
/// <seealso href="https://nginx.org/en/docs/http/ngx_http_log_module.html#access_log"/>
internal static class Nginx
{
    public const string Name = "nginx";

    /// <param name="folder">An empty one of its own.</param>
    /// <param name="files">Path and content of each file.</param>
    /// <param name="manifest">The media type of manifests, and the headers that registries add to them.</param>
    public static Func<LoopbackPort, ContestantSetup> In(
        string folder, IReadOnlyList<(string Path, byte[] Content)> files, (string MediaType, IReadOnlyList<(string Key, string Value)> Headers) manifest) => port =>
    {
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(folder, "root", path.TrimStart('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        File.WriteAllText(Path.Combine(folder, "nginx.conf"), Configuration(folder, port.Number, ManifestFolders(files), manifest));
        string[] words = ["nginx", "-p", folder, "-c", "nginx.conf", "-e", Path.Combine(folder, "error.log")];

        // Workers outlive a master that is killed, but not their process name space.
        (string Program, string[] Arguments) command = Environment.IsPrivilegedProcess
            ? ("unshare", ["--pid", "--fork", "--kill-child", "--", .. words])
            : (words[0], words[1..]);
        return new ContestantSetup(Name, command.Program, command.Arguments, "", Path.Combine(folder, "access.log"), "/v2/", "/");
    };

    // By prefix, which costs a request less than a pattern.
    private static IEnumerable<string> ManifestFolders(IEnumerable<(string Path, byte[] Content)> files) =>
        files.Select(file => file.Path[..(file.Path.LastIndexOf('/') + 1)]).Where(path => path.EndsWith("/manifests/", StringComparison.Ordinal)).Distinct();

    private static string Configuration(
        string folder, int port, IEnumerable<string> manifestFolders, (string MediaType, IReadOnlyList<(string Key, string Value)> Headers) manifest)
    {
        var headers = string.Concat(manifest.Headers.Select(header => $"add_header {header.Key} \"{header.Value}\"; "));
        var locations = string.Concat(manifestFolders.Select(path => $"location {path} {{ default_type {manifest.MediaType}; {headers}}}\n"));
        var user = Environment.IsPrivilegedProcess ? "user root;" : "";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            {{user}}
            daemon off;
            worker_processes auto;
            worker_rlimit_nofile 65536;
            pid nginx.pid;
            events { worker_connections 4096; }
            http {
              sendfile on;
              tcp_nopush on;
              tcp_nodelay on;
              keepalive_timeout 65;
              keepalive_requests 1000000;
              open_file_cache max=10000 inactive=60s;
              open_file_cache_valid 60s;
              open_file_cache_min_uses 1;
              access_log access.log combined buffer=64k flush=1s;
              default_type application/octet-stream;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              server {
                listen 127.0.0.1:{{port}} backlog=4096 reuseport;
                root {{folder}}/root;
                {{locations}}
              }
            }

            """);
    }
}
