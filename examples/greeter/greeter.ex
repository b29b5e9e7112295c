# A program in Elixir: a GenServer, a struct, string interpolation, a protocol.
defmodule Greeter do
  use GenServer

  defstruct guests: 0, last: nil

  def start do
    {:ok, greeter} = GenServer.start_link(__MODULE__, nil)
    Enum.each(["Joe", "Robert"], fn name -> IO.puts(GenServer.call(greeter, {:greet, name})) end)
    greeter |> :sys.get_state() |> Map.from_struct() |> IO.inspect()
    :ok
  end

  @impl true
  def init(_), do: {:ok, %Greeter{}}

  @impl true
  def handle_call({:greet, name}, _from, state) do
    state = %{state | guests: state.guests + 1, last: name}
    {:reply, "Hello, #{name}! You are guest number #{state.guests}.", state}
  end
end
