using Roadstead.Oci;

namespace Roadstead.Server.Configuration;

/// <summary>Reads the <c>registry</c> key: a registry's name as image references have it.</summary>
internal static class RegistryKey
{
    public static bool TryParse(string text, out string? result, out string? fault)
    {
        var valid = RegistryName.TryParse(text, out var name);
        result = valid ? name.ToString() : null;
        fault = valid ? null : "must be a host or host:port, without scheme or path; a number for a host is none";
        return valid;
    }
}
