using System.Text.Json;
using Roadstead.Api;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Server.Configuration;
using Roadstead.Server.Management;

namespace Roadstead.Fuzz;

/// <summary>Endpoints and projects as the API takes them.</summary>
public class CatalogItemFuzz
{
    private const string Secret = "hunter2";

    private static readonly Gen<string> Bodies = Gen.OneOf(
        Mutated.Text(Configurations.Any.Select(options => JsonSerializer.Serialize(CatalogSpecs.Of(options.Endpoints![0]), ApiJson.Default.EndpointSpec))),
        Mutated.Text(
            """{"registry": "a.example", "url": "https://a.example", "username": "u", "password": "p", "tokenHosts": ["b.example"], "maxBodies": 7}""",
            """{"registry": "a.example", "url": "https://a.example", "tokenExchange": "gar", "password": "{}", "tokenUrl": "https://b.example/token", "tenant": "c.example"}""",
            """{"endpoint": "e", "public": true, "quota": "1GiB", "staleFor": "unlimited", "platforms": ["linux/amd64"], "include": ["**"], "hosts": ["h:1"]}""",
            """{"clientCertificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "clientKey": "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"}"""),
        Nasty.Text("{", "}", "\"url\"", ": ", ", ", "[", "]", "\"name\"", "null", "1e999"));

    [Theory, Fuzz]
    public void Any_JSON_is_options_or_faults(Length length) => Property.ForText(length, Bodies, text =>
    {
        if (Parse(text) is not { } body)
        {
            return;
        }

        using (body)
        {
            var (endpoint, faults) = CatalogItemReader.Endpoint(body.RootElement, "a", null);
            Assert.All(faults, fault => Assert.True(fault.Key.Length > 0 && fault.Message.Length > 0));
            Assert.True(faults.Count > 0 || endpoint is { Name: "a", Url.IsAbsoluteUri: true });
            Assert.NotNull(CatalogItemReader.Project(body.RootElement, "a").Options);
        }
    });

    [Theory, Fuzz]
    public void What_is_told_of_an_endpoint_is_read_as_the_same_and_uses_its_secret_on(Length length) => Property.ForAll(length, Configurations.Any, options =>
    {
        var saved = options.Endpoints![0] with { Username = "robot", Password = Secret };
        var told = JsonSerializer.Serialize(CatalogSpecs.Of(saved), ApiJson.Default.EndpointSpec);
        Assert.DoesNotContain(Secret, told, StringComparison.Ordinal);
        using var body = JsonDocument.Parse(told);
        var (read, faults) = CatalogItemReader.Endpoint(body.RootElement, saved.Name, saved);
        Assert.Empty(faults);
        Assert.Equal(JsonSerializer.Serialize(saved), JsonSerializer.Serialize(read));
        Assert.True(read.IsSameAs(saved));

        // With any other URL the saved secret is none.
        var (_, elsewhere) = CatalogItemReader.Endpoint(body.RootElement, saved.Name, saved with { Url = new Uri("https://elsewhere.invalid") });
        Assert.Contains(elsewhere, fault => fault.Key == "password");
    }, options => options.Endpoints![0].ToString(), 500);

    [Theory, Fuzz]
    public void What_is_told_of_a_project_is_read_as_the_same(Length length) => Property.ForAll(length, Configurations.Any.Where(options => options.Projects.Count > 0), options =>
    {
        var saved = options.Projects[0] with { IsPublicSaid = true };
        using var body = JsonDocument.Parse(JsonSerializer.Serialize(CatalogSpecs.Of(saved), ApiJson.Default.ProjectSpec));
        var (read, faults) = CatalogItemReader.Project(body.RootElement, saved.Name);
        Assert.Empty(faults);
        Assert.True(read.IsSameAs(saved));
    }, options => options.Projects[0].ToString(), 500);

    private static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (ArgumentException)
        {
            // Half of a surrogate pair, of which no UTF-8 is made.
            return null;
        }
    }
}
