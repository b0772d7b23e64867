using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Roadstead.Server.Management;

/// <summary>The API's document as a page to read, that needs nothing from elsewhere and runs nothing.</summary>
internal static class ApiPage
{
    private const string Style = "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}code,pre{font-size:.9em}pre{overflow:auto;background:#f4f4f4;padding:.5rem}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Its own style alone, by its hash: https://www.w3.org/TR/CSP3/</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Of(IReadOnlyList<ApiOperation> operations, JsonObject document)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Roadstead: management API</title><style>").Append(Style).Append("</style></head><body>\n");
        page.Append("<h1>Management API</h1>\n<p>").Append(Text(document["info"]!["description"]!)).Append(" For programs: <a href=\"openapi.json\">openapi.json</a>.</p>\n");
        page.Append("<table><tr><th>Method</th><th>Path</th><th>For</th><th></th></tr>\n");
        foreach (var operation in operations)
        {
            page.Append("<tr><td>").Append(Encode(operation.Method)).Append("</td><td><code>").Append(Encode(operation.Path)).Append("</code></td><td>").Append(Encode(Whom(operation))).Append("</td><td>")
                .Append(Encode(operation.Doc.Summary)).Append(Shapes(operation)).Append("</td></tr>\n");
        }

        page.Append("</table>\n<h2>Shapes</h2>\n");
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            page.Append("<h3 id=\"").Append(Encode(name)).Append("\">").Append(Encode(name)).Append("</h3>\n<pre>").Append(Encode(schema!.ToJsonString(Indented))).Append("</pre>\n");
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static string Whom(ApiOperation operation) => operation.Guard switch
    {
        Access.Guard.Open => "anyone",
        Access.Guard.Node => "nodes",
        Access.Guard.Admin => "the admin",
        _ => "nodes, the admin",
    };

    private static string Shapes(ApiOperation operation) => string.Concat(
        new[] { ("takes", operation.Doc.Body?.Invoke()), ("answers", operation.Doc.Answer?.Invoke()) }.Where(shape => shape.Item2 is { Kind: System.Text.Json.Serialization.Metadata.JsonTypeInfoKind.Object })
            .Select(shape => $" {shape.Item1} <a href=\"#{Encode(shape.Item2!.Type.Name)}\">{Encode(shape.Item2.Type.Name)}</a>"));

    private static string Text(JsonNode node) => Encode(node.GetValue<string>());

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
