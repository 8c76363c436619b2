create table sales (article text not null, sold timestamptz not null default now());
