using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Roadstead.Oci.Client;

/// <summary>What the host of an Amazon ECR registry says of where its tokens are given.</summary>
/// <param name="Region">As <c>eu-central-1</c>.</param>
/// <param name="TokenUrl">The address of ECR's API in that region.</param>
/// <remarks>docs.aws.amazon.com/general/latest/gr/ecr.html ("Amazon ECR endpoints").</remarks>
public sealed partial record EcrHost(string Region, Uri TokenUrl)
{
    /// <summary>Reads the host of a registry, as <c>123456789012.dkr.ecr.eu-central-1.amazonaws.com</c>.</summary>
    public static bool TryParse(string host, [NotNullWhen(true)] out EcrHost? result)
    {
        var match = Registry().Match(host);
        result = null;
        if (match.Success)
        {
            var (region, fips, domain) = (match.Groups["region"].Value, match.Groups["fips"].Success, match.Groups["domain"].Value);
            var service = domain == "on.aws" ? $"ecr{(fips ? "-fips" : "")}.{region}.api.aws" : $"{(fips ? "ecr-fips" : "api.ecr")}.{region}.{domain}";
            result = new EcrHost(region, new Uri($"https://{service}"));
        }

        return result is not null;
    }

    /// <summary>The region in the host of ECR's API, those of private links included; null where it holds none.</summary>
    public static string? RegionOfService(string host) => Service().Match(host) is { Success: true } match ? match.Groups["region"].Value : null;

    [GeneratedRegex(@"^[0-9]{12}\.dkr[.-]ecr(?<fips>-fips)?\.(?<region>[a-z0-9-]+)\.(?<domain>amazonaws\.com(\.cn)?|amazonaws\.eu|on\.aws)$", RegexOptions.CultureInvariant)]
    private static partial Regex Registry();

    [GeneratedRegex(@"(^|\.)(api\.ecr|ecr(-fips)?)\.(?<region>[a-z]+(-[a-z]+)+-[0-9]+)\.", RegexOptions.CultureInvariant)]
    private static partial Regex Service();
}
