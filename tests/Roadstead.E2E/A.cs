namespace T;
public class A
{
    [Fact]
    public void Ok() => Assert.Equal(1, 1);
}
