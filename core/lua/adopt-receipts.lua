--[[
Takes the expiry off receipts that have one, and puts them on the list of those that are swept.

KEYS[1]  list of the tweets that have a receipt   KEYS[2…]  receipts   ARGV[1]  prefix of their keys

Returns  nothing.

Safe to repeat: a receipt without an expiry is on the list already.
]]
for n = 2, #KEYS do
  if redis.call('PERSIST', KEYS[n]) == 1 then
    redis.call('RPUSH', KEYS[1], string.sub(KEYS[n], #ARGV[1] + 1))
  end
end
