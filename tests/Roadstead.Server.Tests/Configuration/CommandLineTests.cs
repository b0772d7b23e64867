using Roadstead.Server.Configuration;

namespace Roadstead.Server.Tests.Configuration;

public sealed class CommandLineTests
{
    public static TheoryData<string, CommandLine> Lines => new()
    {
        { "", new CommandLine.Serve(null) },
        { "--config a.yaml", new CommandLine.Serve("a.yaml") },
        { "--config=a.yaml", new CommandLine.Serve("a.yaml") },
        { "--config=a=b", new CommandLine.Serve("a=b") },
        { "--check", new CommandLine.Check(null) },
        { "--check --config a.yaml", new CommandLine.Check("a.yaml") },
        { "--config a.yaml --check", new CommandLine.Check("a.yaml") },
        { "--help --check", new CommandLine.Help() },
        { "--version", new CommandLine.Version() },
        { "--config", new CommandLine.WrongUsage("--config needs a file") },
        { "--config=", new CommandLine.WrongUsage("--config needs a file") },
        { "--config --check", new CommandLine.WrongUsage("--config needs a file") },
        { "--config a --config b", new CommandLine.WrongUsage("--config is given twice") },
        { "--config a --config=b", new CommandLine.WrongUsage("--config is given twice") },
        { "--check=true", new CommandLine.WrongUsage("--check=true is no known argument") },
        { "--Config a", new CommandLine.WrongUsage("--Config is no known argument") },
        { "a.yaml", new CommandLine.WrongUsage("a.yaml is no known argument") },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Parse(string line, CommandLine expected) =>
        Assert.Equal(expected, CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Report_of_faults_is_a_line_each_and_a_count()
    {
        var output = new StringWriter { NewLine = "\n" };

        var exitCode = CheckReport.Write(
            new ConfigurationResult.Invalid([
                new("endpoints[1].url", "is missing", Line: 7),
                new("listen", "is empty", Variable: "ROADSTEAD_LISTEN"),
                new("ROADSTEAD_X", "names no known key", Variable: "ROADSTEAD_X"),
                new("a\nb", "is no known key"),
            ]),
            output);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            """
            endpoints[1].url: is missing (file line 7)
            listen: is empty (ROADSTEAD_LISTEN)
            ROADSTEAD_X: names no known key
            a�b: is no known key
            4 faults

            """,
            output.ToString());
    }

    [Fact]
    public void Report_of_a_valid_configuration_has_its_warnings()
    {
        using var fixture = new ConfigurationFixture();
        var output = new StringWriter { NewLine = "\n" };

        Assert.Equal(0, CheckReport.Write(fixture.Valid("tls: auto"), output));
        Assert.Equal("configuration is valid\nwarning: tls: has no effect: listen has no https:// entry\n", output.ToString());
    }
}
