using System.Globalization;
using System.Net;

namespace Roadstead.Fuzz.Inputs;

/// <summary>The ways in which one IPv4 address can be written in a URL.</summary>
internal static class Notations
{
    private static readonly Func<byte[], string>[] All =
    [
        b => $"{b[0]}.{b[1]}.{b[2]}.{b[3]}",
        b => $"{Number(b)}",
        b => $"0x{Number(b):x}",
        b => $"0{Octal(Number(b))}",
        b => $"0x{b[0]:X2}.0{Octal(b[1])}.{b[2]}.0x{b[3]:x}",
        b => $"{b[0]}.{Number(b) & 0xffffff}",
        b => $"{b[0]}.{b[1]}.{Number(b) & 0xffff}",
        b => $"[::ffff:{b[0]}.{b[1]}.{b[2]}.{b[3]}]",
        b => $"[0:0:0:0:0:FFFF:{Groups(b)}]",
        b => $"[::{b[0]}.{b[1]}.{b[2]}.{b[3]}]",
        b => $"[::ffff:0:{Groups(b)}]",
        b => $"[64:ff9b::{Groups(b)}]",
        b => $"[64:ff9b:1::{Groups(b)}]",
        b => $"[2002:{Groups(b)}::1]",
        b => $"[2001:0:4136:e378:8000:63bf:{Groups([.. b.Select(value => (byte)~value)])}]",
    ];

    public static int Count => All.Length;

    public static string Write(byte[] address, int notation) => All[notation](address);

    private static uint Number(byte[] b) => (uint)IPAddress.NetworkToHostOrder(BitConverter.ToInt32(b));

    private static string Octal(uint number) => Convert.ToString(number, 8);

    private static string Groups(byte[] b) => string.Create(CultureInfo.InvariantCulture, $"{(b[0] << 8) | b[1]:x}:{(b[2] << 8) | b[3]:x}");
}
