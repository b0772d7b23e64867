namespace Roadstead.Server.TokenExchange;

/// <summary>The values of <c>tokenExchange</c>.</summary>
internal static class TokenExchangeKind
{
    /// <summary>Amazon Elastic Container Registry.</summary>
    public const string Ecr = "ecr";

    /// <summary>Google Artifact Registry, gcr.io with it.</summary>
    public const string Gar = "gar";

    /// <summary>Azure Container Registry.</summary>
    public const string Acr = "acr";
}
