using System.Text;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Server.Configuration;

namespace Roadstead.Fuzz;

public sealed class ConfigurationFuzz : IDisposable
{
    // Each case writes a file and probes a folder.
    private const int Cases = 400;

    private static readonly Gen<string> Files = Gen.OneOf(
        Mutated.Text(Configurations.Any.Select(ConfigurationText.Write)),
        Mutated.Text(
            "listen: [http://0.0.0.0:5000, {url: http://0.0.0.0:5001, project: a}]\ntls: auto\nprojects:\n- {name: a, endpoint: quay, quota: 1GiB, platforms: [linux/amd64]}\n",
            "# comment\nendpoints:\n  - name: a   # here\n    registry: a.example\n    url: 'https://a.example'\n    username: u\n    password: |\n      hunter2\nprojects:\n  - {name: b, endpoint: a, public: true}\n",
            "%YAML 1.2\n---\ndefaults: {freshFor: 1m, staleFor: unlimited}\nstorage:\n  scrubEvery: 7d\n...\n",
            "? listen\n: - \"http://127.0.0.1:0\"\n  - >-\n    http://[::1]:1\n"),
        Nasty.Text("listen", "endpoints", "projects", "tls", "name", ": ", "\n", "\n- ", "\n  ", "{", "}", "[", "]", ", ", "&a ", "*a", "!!str ", "|", ">", "? ", "# ", "---\n", "...\n", "%YAML 1.2\n", "\"", "'"));

    private static readonly Gen<string> Variables = Gen.Select(
        Gen.OneOf("LISTEN", "STORAGE", "ENDPOINTS", "PROJECTS", "TLS", "DEFAULTS", "DATABASE", "SERVICE", "PORT", "X"), Gen.OneOf("0", "1", "01", "9999", "99999", "NAME", "URL", "PASSWORD", "FRESHFOR", "HOST", "", "-1", "\u0661").Array[0, 3],
        Gen.OneOf("__", "_"), (first, rest, separator) => "ROADSTEAD_" + string.Join(separator, [first, .. rest]));

    private static readonly Gen<string> Values = Gen.OneOf(
        Mutated.Text("http://127.0.0.1:1, http://127.0.0.1:2", "[{name: a, registry: a.example, url: https://a.example}]", "{certificate: a}", "1m", "auto", "[[[[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]]]]", "['a, b']"),
        Nasty.Text("{", "}", "[", "]", ",", ": "));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("roadstead-fuzz-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, Fuzz]
    public void Any_text_is_a_configuration_or_faults_with_their_places(Length length) => Property.ForBytes(length, Mutated.Bytes(Files), bytes =>
    {
        if (Load(bytes) is not ConfigurationResult.Invalid invalid)
        {
            return;
        }

        Assert.NotEmpty(invalid.Faults);

        // The parser takes the end of the file for a line of its own.
        var lines = Encoding.UTF8.GetString(bytes).Count(letter => letter is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029') + 2;
        Assert.All(invalid.Faults, fault =>
        {
            Assert.NotEqual("", fault.Key);
            Assert.NotEqual("", fault.Message);
            Assert.InRange(fault.Line ?? 1, 1, lines);
            Assert.False(fault is { Key: ConfigurationFault.WholeFile, Line: null }, "it says neither which key nor which line");
        });
        CheckReported(invalid);
    }, Cases);

    [Theory, Fuzz]
    public void A_valid_configuration_written_again_is_the_same(Length length) => Property.ForText(length, Files, text =>
    {
        if (Load(text) is ConfigurationResult.Valid { Options: var options })
        {
            var written = ConfigurationText.Write(options);
            Assert.Equal(written, Rewritten(written));
        }
    }, Cases);

    [Theory, Fuzz]
    public void Every_configuration_is_read_as_it_was_meant(Length length) => Property.ForAll(length, Configurations.Any, options =>
    {
        var written = ConfigurationText.Write(options);
        Assert.Equal(written, Rewritten(written));
    }, ConfigurationText.Write, Cases);

    [Theory, Fuzz]
    public void A_password_is_in_no_fault_however_it_was_written(Length length) =>
        Property.ForAll(length, Gen.Select(Gen.OneOf("password", "username: u\n  password"), Nasty.Piece.Array[0, 3].Select(string.Concat), Nasty.Piece, Gen.OneOf("", "\n", "\n  user: x", "\nprojects: [{name: b, endpoint: a}]"))
            .Where(parts => !(parts.Item2 + parts.Item3).Any(letter => letter is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029') && parts.Item2.Length + parts.Item3.Length < 500), parts =>
        {
            var text = $"endpoints:\n- name: a\n  registry: a.example\n  url: https://a.example\n  {parts.Item1}: {parts.Item2}hunter2{parts.Item3}{parts.Item4}\n";
            if (Load(text) is ConfigurationResult.Invalid invalid)
            {
                Assert.All(invalid.Faults, fault => Assert.DoesNotContain("hunter2", fault.Key + fault.Message, StringComparison.OrdinalIgnoreCase));
            }
        }, cases: Cases);

    [Theory, Fuzz]
    public void Any_environment_is_a_configuration_or_faults_that_name_the_variable(Length length) =>
        Property.ForAll(length, Gen.Select(Variables, Values).Array[0, 4], variables =>
        {
            var environment = variables.DistinctBy(variable => variable.Item1).ToDictionary(variable => variable.Item1, variable => variable.Item2);
            environment.TryAdd("ROADSTEAD_STORAGE__PATH", _folder.FullName);
            if (ConfigurationLoader.Load(null, environment) is ConfigurationResult.Invalid invalid)
            {
                Assert.NotEmpty(invalid.Faults);
                Assert.All(invalid.Faults, fault => Assert.True(fault.Key.Length > 0 && fault.Message.Length > 0 && fault.Line is null && (fault.Variable is null || environment.ContainsKey(fault.Variable))));
                CheckReported(invalid);
            }
        }, cases: Cases);

    private static void CheckReported(ConfigurationResult.Invalid invalid)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(1, CheckReport.Write(invalid, output));
        Assert.Equal(invalid.Faults.Count + 1, output.ToString().Count(char.IsControl));
    }

    private string Rewritten(string text)
    {
        var result = Load(text);
        Assert.True(result is ConfigurationResult.Valid, result is ConfigurationResult.Invalid invalid ? string.Join('\n', invalid.Faults) : null);
        return ConfigurationText.Write(((ConfigurationResult.Valid)result).Options);
    }

    private ConfigurationResult Load(string text) => Load(Encoding.UTF8.GetBytes(text));

    private ConfigurationResult Load(byte[] bytes)
    {
        var path = Path.Combine(_folder.FullName, $"{Environment.CurrentManagedThreadId}.yaml");
        File.WriteAllBytes(path, bytes);
        return ConfigurationLoader.Load(path, new Dictionary<string, string> { ["ROADSTEAD_STORAGE__PATH"] = _folder.FullName });
    }
}
