"""What a server needs beside the program: locked versions, licences, a dashboard."""
