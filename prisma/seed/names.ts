/**
 * Names of the generated population, from many languages. None has more than six letters without its accents, so that
 * `first_last` and two digits fit the 15 characters of a handle.
 */
const FIRST = `
Aaliya Abena Adama Aditi Agnes Aiko Aino Aisha Akua Alba Alma Amara Amina Anders Anaïs Anouk Anton Aoife Arjun Asha
Astrid Ayşe Bao Beata Bilal Björn Boaz Bruna Carlos Chidi Chloé Ciara Cosmin Dalia Daniel Darius Davit Deniz Diego
Dilan Dina Dmitri Duc Ebba Efua Eilidh Ekene Elif Elena Emeka Emre Enzo Erik Esi Esther Ewa Farah Faisal Farid Fatou
Felipe Femi Freya Gaël Giulia Goran Grace Gustav Hadiza Hamid Hanna Haruto Hassan Helga Hugo Idris Ines Ingrid Ioana
Irina Isla Ivan Jakub Jamal Jana Jasmin Javier Jelena Jihoon Jin Joana João Jonas Jorge Joseph Juma Kaito Kalani
Karim Katya Keanu Kenji Kofi Kwame Laila Lars Leila Leonor Lilja Linh Lucía Luka Mads Maja Malik Manu Marco Mariam
Mateo Maya Mehmet Meera Mei Milan Mina Minh Moana Mona Musa Nadia Naoki Nasrin Neha Ngozi Niamh Nikos Nils Noa Nora
Obi Olga Olivia Omar Oscar Paolo Pavel Pedro Petra Priya Quynh Rafael Rania Ravi Renata Rhys Rosa Rohan Ruth Sami
Sana Sanne Sean Selam Selin Seo Signe Simone Sione Sofia Sota Stefan Sunil Sveta Tala Tamar Tariq Tendai Teresa
Thabo Thandi Tiago Tomas Tuan Uma Ursula Valter Velma Viktor Wanja Wei Xenia Yara Yasmin Yonas Yuki Yusuf Zahra
Zanele Zara Zeynep Zofia Zuri Zoë
`;

const LAST = `
Abebe Achebe Adler Ajayi Aguiar Ahmadi Akin Alves Amadi Amir Anders Aoki Araujo Arslan Asante Aydin Azizi Baker
Balogh Banda Barry Barros Basu Becker Bello Benson Berg Bhatt Blanco Bonsu Bondar Borg Bosch Boyle Brandt Braun
Bruno Bui Byrne Cabral Camara Campos Cano Castro Çelik Chanda Chavez Chen Cheung Cho Choi Cissé Cohen Correa Couto
Cruz Dahl Danso Das Demir Desai Diallo Diaz Dinh Diop Doğan Dubois Duarte Dupont Duran Eze Fabre Faria Farkas Ferro
Fiala Flores Fofana Fontes Franco Fuchs Fujii Gallo García Geller Ghosh Gomes Gordon Greco Guerra Gunn Gupta
Haile Hamdan Hansen Haugen Hayes Henry Hirsch Hoang Holm Horák Hosni Huang Hughes Ilić Iqbal Ishii Islam Ito
Jansen Jensen Joshi Juhász Kamau Kang Kapoor Kaya Keita Keller Khalil Khalid Kiani Kim Klein Koch Kone Kovač Krause
Kruger Kumar Kuusi Laine Lam Larsen Leone Levin Liang Lima Lin Lindh Lopes Lund Maciel Madsen Mabuza Malik Marin
Marino Mbeki Medina Mehta Meier Mendes Mensah Meyer Mishra Moen Molina Mora Mori Moyo Müller Murphy Musa Nagy Nair
Naito Ndiaye Neves Ngugi Nguyen Nilsen Nkosi Novák Núñez Obeng Ocampo Ogawa Okafor Okoro Oliver Omar Ortiz Osei
Otieno Owusu Ozawa Palma Park Patel Pavlov Perez Petrov Pham Pinto Popa Prasad Quiroz Rahman Ramos Rao Reyes Ricci
Ribas Roche Rojas Romano Rizzo Roy Ruiz Sahin Saito Salas Sané Santos Sarkar Sato Sauer Schulz Serra Shah Sharma
Silva Simić Singh Soares Solano Sousa Suzuki Szabó Takeda Tan Tanaka Tran Traoré Turner Ueda Vargas Varga Vega Verma
Vidal Visser Vogel Vu Wagner Walsh Wang Weber Weiss Wong Wright Yadav Yamada Yang Yilmaz Zaman Zhang Zhou Zimmer
`;

/** A name, and its letters for a handle. */
export type Name = { name: string; letters: string };

/** First names. No two have the same letters. */
export const firstNames: readonly Name[] = parse(FIRST);

/** Last names. No two have the same letters. */
export const lastNames: readonly Name[] = parse(LAST);

function parse(text: string): Name[] {
  const names = text.trim().split(/\s+/);
  return names.map((name) => ({ name, letters: lettersOf(name) }));
}

function lettersOf(name: string): string {
  const bare = name.toLowerCase().normalize('NFD');
  return bare.replace(/[^a-z]/g, '');
}
