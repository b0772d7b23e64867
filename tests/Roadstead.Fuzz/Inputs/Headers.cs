namespace Roadstead.Fuzz.Inputs;

/// <summary>Header values as an HTTP client hands them on: bytes as Latin-1, of which three cannot stand there.</summary>
internal static class Headers
{
    public static Gen<string> Of(Gen<string> texts) => texts.Select(text => string.Concat(text.Where(letter => letter is not ('\r' or '\n' or '\0' or > '\u00ff'))));

    /// <summary>An answer with one header.</summary>
    public static HttpResponseMessage Answer(string name, string value)
    {
        var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation(name, value);
        return response;
    }
}
